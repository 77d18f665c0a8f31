import type { Command } from 'commander';
import { expireKey, type IssuedKey, issueKey, revokeKey, rotateKey } from '../accept/manage-keys.ts';
import * as contract from '../contract/admin-partners.ts';
import { ApiKey } from '../db/entities/partner.ts';
import { permissions } from '../domain/permissions.ts';
import { toNewKey } from '../http/operator-requests.ts';
import { presentKey } from '../http/present/operators.ts';
import { knownPartnerId, knownUuid, readKey, readPartner } from '../http/read-operators.ts';
import { print, table } from './output.ts';
import {
  checked,
  type DatabaseOptions,
  listOf,
  numberOf,
  onDatabase,
  type Session,
  withDatabase,
} from './session.ts';

const columns = ['key_id', 'partner_id', 'label', 'prefix', 'permissions', 'scope', 'status', 'expires_at'];

/** `allotment keys …` */
export function keyCommands(program: Command): void {
  const keys = program.command('keys').description("partners' API keys");

  onDatabase(keys.command('list').description('keys, newest first; their secrets are not kept'))
    .option('--partner <partner-id>', 'of one partner')
    .action((options: DatabaseOptions & { partner?: string }) =>
      withDatabase(options, async ({ em }) => {
        const { partner } = options;
        if (partner !== undefined) await readPartner(em, knownPartnerId(partner));
        const where = partner === undefined ? {} : { partner };
        const found = await em.find(ApiKey, where, { orderBy: { keyId: 'desc' } });
        const shown = found.map((key) => presentKey(key, new Date()));
        print(options, shown, () => table(shown, columns));
      }),
    );

  createCommand(keys);

  onDatabase(keys.command('rotate').description('make a key like this one, which lives on for the grace'))
    .argument('<key-id>')
    .option('--grace <seconds>', 'how long the old key lives on', numberOf, 86_400)
    .action((id: string, options: DatabaseOptions & { grace: number }) =>
      withDatabase(options, async (session) => {
        const keyId = knownUuid('key', id);
        const { grace_seconds: grace = 0 } = checked(contract.rotateKey.body, {
          grace_seconds: options.grace,
        });
        await show(session, options, await rotateKey(session.em, session.by, keyId, grace));
      }),
    );

  onDatabase(keys.command('expire').description('set when a key ends'))
    .argument('<key-id>')
    .requiredOption('--at <time>', 'such as 2026-12-31T00:00:00Z, or never')
    .action((id: string, options: DatabaseOptions & { at: string }) =>
      withDatabase(options, async ({ em, by }) => {
        const keyId = knownUuid('key', id);
        const at = options.at === 'never' ? null : options.at;
        const { expires_at } = checked(contract.expireKey.body, { expires_at: at });
        await expireKey(em, by, keyId, expires_at === null ? null : new Date(expires_at));
        print(options, await readKey(em, keyId, new Date()), () => `Key ${keyId} ends: ${options.at}.`);
      }),
    );

  onDatabase(keys.command('revoke').description('end a key at once'))
    .argument('<key-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const keyId = knownUuid('key', id);
        await revokeKey(em, by, keyId);
        print(options, await readKey(em, keyId, new Date()), () => `Key ${keyId} is revoked.`);
      }),
    );
}

type New = DatabaseOptions & {
  partner: string;
  permission: string[];
  label?: string;
  venue?: string;
  onlyPartner?: string;
  perMinute?: number;
  expires?: string;
};

function createCommand(keys: Command): void {
  onDatabase(keys.command('create').description('make a key; its secret is shown once'))
    .requiredOption('--partner <partner-id>', 'whose key')
    .requiredOption('--permission <list>', `with commas, or repeated: ${permissions.join(' ')}`, listOf)
    .option('--label <text>', 'who uses it, such as a gate operator')
    .option('--venue <venue-code>', "limit a gate's key to a venue")
    .option('--only-partner <partner-id>', "limit a gate's key to a partner's tickets")
    .option('--per-minute <requests>', "lower than the partner's limit", numberOf)
    .option('--expires <time>', 'such as 2026-12-31T00:00:00Z')
    .addHelpText(
      'after',
      `
Examples:
  allotment keys create --partner klook --permission inventory:read,reservations:write,orders:write,tickets:read
  allotment keys create --partner gate --permission tickets:redeem --venue pier-1 --label "Pier 1, east"
  KEY=$(allotment keys create --partner ops --permission admin --json | jq -r .api_key)`,
    )
    .action((options: New) =>
      withDatabase(options, async (session) => {
        const scope = {
          ...(options.venue !== undefined && { venue_code: options.venue }),
          ...(options.onlyPartner !== undefined && { partner_id: options.onlyPartner }),
        };
        const body = checked(contract.createKey.body, {
          permissions: options.permission,
          label: options.label,
          scope,
          per_minute: options.perMinute,
          expires_at: options.expires,
        });
        const partnerId = knownPartnerId(options.partner);
        await show(session, options, await issueKey(session.em, session.by, partnerId, toNewKey(body)));
      }),
    );
}

/** The secret alone on standard output's first line, so that it can be piped; the note beside it. */
async function show({ em }: Session, options: DatabaseOptions, issued: IssuedKey): Promise<void> {
  const key = { ...(await readKey(em, issued.keyId, new Date())), api_key: issued.apiKey };
  print(options, key, () => issued.apiKey);
  console.error(
    `Key ${issued.keyId} of ${key.partner_id}. The secret is shown this once: only its hash is kept.`,
  );
}
