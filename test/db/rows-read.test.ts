import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { HoldsTogether } from '../../src/accept/holds-together.ts';
import { reserve } from '../../src/accept/reserve.ts';
import type { EntityManager } from '../../src/db/open.ts';
import type { Accepting } from '../../src/db/queries/accepting.ts';
import { lockOrder } from '../../src/db/queries/lock-order.ts';
import { redeemEntitlements } from '../../src/db/queries/redeem-entitlement.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold } from '../support/sale.ts';
import { scanning } from '../support/scanning.ts';

/** As many answers and redemptions of one partner; statements that are planned before must not read them all. */
const MANY = 3_000;
/** PostgreSQL settles on a plan for any values after five executions. */
const UNTIL_PLANNED = 8;

let house: House;
let ticketCodes: string[];
let keyId: string;
let orderIds: [string, string];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  const [sale, another] = [await sold(house, 2), await sold(house, 1)];
  ticketCodes = sale.tickets.map(({ ticket_code }) => ticket_code);
  orderIds = [sale.orderId, another.orderId];
  const keys = await house.sql<{ key_id: string }>(
    `select key_id from api_keys where partner_id = 'demo-ota'`,
  );
  keyId = keys[0]?.key_id as string;
});
afterAll(() => house.close());

const by = (...keys: string[]): Accepting => ({
  partnerId: 'demo-ota',
  channel: 'ota',
  keyId,
  requestId: randomUUID(),
  answerKeys: keys.map((key) => ({ operation: 'POST /api/ota/reserve', key, fingerprint: randomBytes(32) })),
});
const hold = (em: EntityManager) =>
  reserve(em, new HoldsTogether(() => em, 30_000), by(randomUUID()), {
    productId: 106,
    quantity: 1,
    reservationExpiresAt: null,
    reference: null,
    now: new Date(),
  });
const scanOne = (em: EntityManager) =>
  redeemEntitlements(
    em,
    [scanning({ partnerId: 'demo-ota', keyId }, ticketCodes[0] as string)],
    'skip locked',
  );
/** The rows of a table that the transaction has read so far. */
async function rowsRead(em: EntityManager, table: string): Promise<number> {
  const [row] = await em.execute<{ read: string }[]>(
    'select seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables where relname = ?',
    [table],
  );
  return Number(row?.read);
}

/** How many rows of the table are read by `once`, on a connection that planned it while the table was small. */
async function readBy(table: string, grow: string, once: (em: EntityManager) => Promise<unknown>) {
  const em = house.em();
  await em.begin();
  try {
    for (let time = 0; time < UNTIL_PLANNED; time += 1) await once(em);
    await em.execute(grow);
    const before = await rowsRead(em, table);
    await once(em);
    return (await rowsRead(em, table)) - before;
  } finally {
    await em.rollback();
  }
}

describe('a statement that was planned while a table was small', () => {
  it('looks up the answer to a reserve among many of its partner', async () => {
    const grow = `insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
      select 'demo-ota', 'POST /api/ota/reserve', 'many-' || n, sha256('x'), '{}' from generate_series(1, ${MANY}) n`;
    expect(await readBy('idempotent_answers', grow, hold)).toBeLessThan(10);
  });

  it('looks up the scan among many of its gate', async () => {
    const grow = `insert into redemptions (redemption_id, partner_id, key_id, scan_id, ticket_code, function_code, quantity,
                                           fingerprint, result)
      select gen_random_uuid(), 'demo-ota', '${keyId}', 'many-' || n, '${ticketCodes[1]}', 'ferry', 1, sha256('x'), '{}'
        from generate_series(1, ${MANY}) n`;
    expect(await readBy('redemptions', grow, scanOne)).toBeLessThan(10);
  });

  it('looks up the ticket of a scan and its entitlements among many', async () => {
    const tickets = `insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token)
      select 'many-' || n, order_id, 1000 + n, product_id, customer_type, visit_date, 'many-' || n
        from tickets, generate_series(1, ${MANY}) n where ticket_code = '${ticketCodes[1]}'`;
    expect(await readBy('tickets', tickets, scanOne)).toBeLessThan(20);
    const entitlements = `${tickets}; insert into ticket_entitlements
      select 'many-' || n, function_code, label, position, total, remaining
        from ticket_entitlements, generate_series(1, ${MANY}) n where ticket_code = '${ticketCodes[1]}'`;
    expect(await readBy('ticket_entitlements', entitlements, scanOne)).toBeLessThan(20);
  });

  it('looks up the payments of an order among all', async () => {
    const grow = `insert into payments (payment_id, order_id, sender, reference, amount, currency, verdict)
      select gen_random_uuid(), '${orderIds[1]}', 'provider', 'many-' || n, 1, 'HKD', 'failed'
        from generate_series(1, ${MANY}) n`;
    expect(await readBy('payments', grow, (em) => lockOrder(em, orderIds[0]))).toBeLessThan(10);
  });
});
