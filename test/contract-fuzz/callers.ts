import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StackDescription } from '../../src/dev/data-folder.ts';
import { callWith } from './call.ts';
import { type Known, sellSome } from './sales.ts';

const run = promisify(execFile);

/** Who calls, with which key, and what that caller knows of. */
export type Caller = { name: string; key: string | null; known: Known };

const AGENCY = ['inventory:read', 'reservations:write', 'orders:write', 'tickets:read', 'reports:read'];

/** What every caller knows, as seeded. */
const everybody: Known = {
  product_id: [106, 107, 108],
  product_ids: ['106', '106,107', '108'],
  addon_id: ['tokens-plan-a', 'tokens-plan-b'],
  function_code: ['ferry', 'monchhichi_gift', 'playground_tokens', 'pet_ferry'],
};

/**
 * Makes the callers, one for each kind of key, with sales of their own. The operator is last: it may change
 * what the others live on.
 */
export async function makeCallers(stack: StackDescription): Promise<Caller[]> {
  const { api_url: url, keys, webhook_secret: webhookSecret } = stack;
  const sell = async (key: string, direct = false) => ({
    ...everybody,
    ...(await sellSome(callWith(url, key), { url, webhookSecret, direct })),
  });
  const testKey = await makeTestKey(stack);
  const ofAgency = await sell(keys.ota);
  return [
    { name: 'agency', key: keys.ota, known: ofAgency },
    { name: 'own shop', key: keys.direct, known: await sell(keys.direct, true) },
    { name: 'test mode', key: testKey, known: await sell(testKey) },
    { name: 'gate', key: keys.gate, known: ofAgency },
    { name: 'no key', key: null, known: ofAgency },
    {
      name: 'operator',
      key: keys.admin,
      known: { ...ofAgency, ...(await knownToOperator(stack)), q: Object.values(ofAgency).flat() },
    },
  ];
}

async function makeTestKey(stack: StackDescription): Promise<string> {
  const cli = async (...args: string[]): Promise<{ api_key: string }> => {
    const env = { ...process.env, DATABASE_URL: stack.database_url };
    const { stdout } = await run(process.execPath, ['src/cli/allotment.ts', ...args, '--json'], { env });
    return JSON.parse(stdout);
  };
  await cli('partners', 'create', 'trial', '--name', 'Trial', '--test');
  const permissions = AGENCY.flatMap((permission) => ['--permission', permission]);
  return (await cli('keys', 'create', '--partner', 'trial', ...permissions)).api_key;
}

/** Open cases, and a partner, a key, a product and a venue that may be changed and ended. */
async function knownToOperator({ api_url: url, keys }: StackDescription): Promise<Known> {
  const call = callWith(url, keys.admin);
  await call('POST', '/api/admin/partners', { partner_id: SPARE_PARTNER, name: 'Spare', channel: 'spare' });
  const key = await call('POST', `/api/admin/partners/${SPARE_PARTNER}/keys`, { permissions: AGENCY });
  await call('POST', '/api/admin/venues', { venue_code: 'pier-1', name: 'Pier 1' });
  const { items: payments } = await call('GET', '/api/admin/payments?verdict=review');
  const { items: refunds } = await call('GET', '/api/admin/refunds');
  return {
    partner_id: [SPARE_PARTNER],
    key_id: [key.key_id],
    channel: ['ota', 'direct', 'spare', 'test-trial'],
    from: ['ota', 'direct', 'test-trial'],
    to: ['spare', 'ota', 'test-trial'],
    venue_code: ['pier-1'],
    date: ['2025-12-31', '2026-02-18'],
    payment_id: payments.map(({ payment_id }: { payment_id: string }) => payment_id),
    refund_id: refunds.map(({ refund_id }: { refund_id: string }) => refund_id),
  };
}

const SPARE_PARTNER = 'spare';
const SPARE_PRODUCT = 108;

/** What a run lives on, and what stands in for it in a call that would change or end it. */
export async function protectedFrom({ api_url: url, keys }: StackDescription) {
  const call = callWith(url, keys.admin);
  const { items: partners } = await call('GET', '/api/admin/partners?limit=500');
  const ids: string[] = partners.map(({ partner_id }: { partner_id: string }) => partner_id);
  const lived = ids.filter((id) => id !== SPARE_PARTNER);
  const keyIds: string[] = [];
  for (const id of lived) {
    const { items } = await call('GET', `/api/admin/partners/${id}/keys`);
    keyIds.push(...items.map(({ key_id }: { key_id: string }) => key_id));
  }
  const { items: spare } = await call('GET', `/api/admin/partners/${SPARE_PARTNER}/keys`);
  return {
    partner_id: { values: lived, instead: SPARE_PARTNER },
    key_id: { values: keyIds, instead: spare[0].key_id },
    product_id: { values: [106, 107, '106', '107'], instead: SPARE_PRODUCT },
  };
}
