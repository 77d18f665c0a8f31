import type { Command } from 'commander';
import type { ShownOnce } from '../accept/answer-once.ts';
import { expireKey, issueKey, revokeKey, rotateKey } from '../accept/manage-keys.ts';
import * as contract from '../contract/admin-partners.ts';
import { ApiKey } from '../db/entities/partner.ts';
import { permissions } from '../domain/permissions.ts';
import { toNewKey } from '../http/operator-requests.ts';
import { presentKey } from '../http/present/operators.ts';
import { knownPartnerId, knownUuid, readKey, readPartner } from '../http/read-operators.ts';
import { print, table, withExamples } from './output.ts';
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
  const keys = withExamples(
    program.command('keys').description("partners' API keys"),
    'allotment keys list --partner klook',
    'allotment keys create --partner klook --permission inventory:read,reservations:write',
  );

  onDatabase(
    keys.command('list').description('keys, newest first; their secrets are not kept'),
    'allotment keys list --partner klook',
  )
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

  onDatabase(
    keys.command('rotate').description('make a key like this one, which lives on for the grace'),
    'allotment keys rotate 01a20754-ba5f-7605-8211-5586c6c2f9c5 --grace 3600',
  )
    .argument('<key-id>')
    .option('--grace <seconds>', 'how long the old key lives on', numberOf, 86_400)
    .action((id: string, options: DatabaseOptions & { grace: number }) =>
      withDatabase(options, async (session) => {
        const keyId = knownUuid('key', id);
        const { grace_seconds: grace = 0 } = checked(contract.rotateKey.body, {
          grace_seconds: options.grace,
        });
        show(options, await rotateKey(session.em, session.by, keyId, grace, readNow));
      }),
    );

  onDatabase(
    keys.command('expire').description('set when a key ends'),
    'allotment keys expire 01a20754-ba5f-7605-8211-5586c6c2f9c5 --at 2026-12-31T16:00:00Z',
  )
    .argument('<key-id>')
    .requiredOption('--at <time>', 'such as 2026-12-31T00:00:00Z, or never')
    .action((id: string, options: DatabaseOptions & { at: string }) =>
      withDatabase(options, async ({ em, by }) => {
        const keyId = knownUuid('key', id);
        const at = options.at === 'never' ? null : options.at;
        const { expires_at } = checked(contract.expireKey.body, { expires_at: at });
        const end = expires_at === null ? null : new Date(expires_at);
        const { result } = await expireKey(em, by, keyId, end, (tx) => readNow(tx, keyId));
        print(options, result, () => `Key ${keyId} ends: ${result.expires_at ?? 'never'}.`);
      }),
    );

  onDatabase(
    keys.command('revoke').description('end a key at once'),
    'allotment keys revoke 01a20754-ba5f-7605-8211-5586c6c2f9c5',
  )
    .argument('<key-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const keyId = knownUuid('key', id);
        await revokeKey(em, by, keyId);
        print(options, await readNow(em, keyId), () => `Key ${keyId} is revoked.`);
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
  onDatabase(
    keys.command('create').description('make a key; its secret is shown once'),
    'allotment keys create --partner klook --permission inventory:read,reservations:write,orders:write,tickets:read',
    'allotment keys create --partner gate --permission tickets:redeem --venue pier-1 --label "Pier 1, east"',
    'KEY=$(allotment keys create --partner ops --permission admin)',
  )
    .requiredOption('--partner <partner-id>', 'whose key')
    .requiredOption('--permission <list>', `with commas, or repeated: ${permissions.join(' ')}`, listOf)
    .option('--label <text>', 'who uses it, such as a gate operator')
    .option('--venue <venue-code>', "limit a gate's key to a venue")
    .option('--only-partner <partner-id>', "limit a gate's key to a partner's tickets")
    .option('--per-minute <requests>', "lower than the partner's limit", numberOf)
    .option('--expires <time>', 'such as 2026-12-31T00:00:00Z')
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
        show(options, await issueKey(session.em, session.by, partnerId, toNewKey(body), readNow));
      }),
    );
}

const readNow = (em: Session['em'], keyId: string) => readKey(em, keyId, new Date());

/** The secret alone on standard output, so that it can be piped; the note beside it. */
function show(
  options: DatabaseOptions,
  { result, secret }: ShownOnce<Awaited<ReturnType<typeof readNow>>>,
): void {
  print(options, { ...result, api_key: secret }, () => secret ?? '');
  console.error(
    `Key ${result.key_id} of ${result.partner_id}. The secret is shown this once: only its hash is kept.`,
  );
}
