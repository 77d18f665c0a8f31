import { Partner } from '../db/entities/partner.ts';
import { type EntityManager, openDatabase } from '../db/open.ts';
import { migrationPatience } from '../db/patience.ts';
import { createApiKey, hashApiKey, newApiKey } from '../accept/create-key.ts';
import { ApiKey } from '../db/entities/partner.ts';
import type { Permission } from '../domain/permissions.ts';

const OTA: Permission[] = [
  'inventory:read',
  'reservations:write',
  'orders:write',
  'tickets:read',
  'reports:read',
];

const demoPartners = {
  ota: { partnerId: 'demo-ota', name: 'Demo agency', channel: 'ota', permissions: OTA },
  ota_2: { partnerId: 'demo-ota-2', name: 'Second demo agency', channel: 'ota', permissions: OTA },
  direct: { partnerId: 'demo-shop', name: 'Demo web shop', channel: 'direct', permissions: OTA },
  gate: { partnerId: 'demo-gate', name: 'Demo gate', channel: 'gate', permissions: ['tickets:redeem'] },
  admin: {
    partnerId: 'demo-operator',
    name: 'Demo operator',
    channel: 'admin',
    permissions: [
      'inventory:read',
      'reservations:write',
      'orders:write',
      'tickets:read',
      'reports:read',
      'admin',
    ],
  },
} satisfies Record<string, { partnerId: string; name: string; channel: string; permissions: Permission[] }>;

export type DemoKeys = Record<keyof typeof demoPartners, string>;

/** The development stack's partners with a key each; keys that are known already are kept. */
export async function ensureDemoPartners(databaseUrl: string, known: Partial<DemoKeys>): Promise<DemoKeys> {
  const orm = await openDatabase(databaseUrl, migrationPatience, 2);
  try {
    const entries: [string, string][] = [];
    for (const name of Object.keys(demoPartners) as (keyof typeof demoPartners)[]) {
      entries.push([name, await ensurePartner(orm.em.fork(), demoPartners[name], known[name])]);
    }
    return Object.fromEntries(entries) as DemoKeys;
  } finally {
    await orm.close();
  }
}

async function ensurePartner(
  em: EntityManager,
  { permissions, ...facts }: (typeof demoPartners)[keyof typeof demoPartners],
  known: string | undefined,
): Promise<string> {
  let partner = await em.findOne(Partner, facts.partnerId);
  if (!partner) {
    partner = em.create(Partner, facts);
    await em.flush();
  }
  const key = known ?? newApiKey();
  const kept = await em.findOne(ApiKey, { keyHash: hashApiKey(key) });
  return kept ? key : createApiKey(em, partner, [...permissions], key);
}
