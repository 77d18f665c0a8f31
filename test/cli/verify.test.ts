import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Disagreement } from '../../src/db/queries/find-disagreements.ts';
import { dayBefore, today } from '../../src/domain/calendar.ts';
import { storeStatement } from '../../src/db/queries/statements.ts';
import { lateCommits, sealAuditLog } from '../../src/db/queries/seal-audit.ts';
import { allotment } from '../support/command-line.ts';
import { type House, openHouse } from '../support/house.ts';
import { orderBecomes } from '../support/runs.ts';
import { breakdown, customer, ordered, reserved, SATURDAY, sold, WEDNESDAY } from '../support/sale.ts';

const ZONE = 'Asia/Hong_Kong';

let house: House;
let sale: Awaited<ReturnType<typeof sold>>;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  sale = await sold(house, 2);
  await house.post(
    '/venue/scan',
    { qr: sale.tickets[0]?.qr_code, function_code: 'ferry', scan_id: 's' },
    { key: 'gate' },
  );
  await ordered(house, await reserved(house, 5), 2);
  const gone = await reserved(house, 3);
  await ordered(house, gone, 1);
  await house.delete(`/api/ota/reservations/${gone}`);
  const cancelled = await sold(house, 1);
  await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
  await sellOutOfTheOrdinary();
  await house.stopWorker();
  await stateFirstSale();
  while ((await sealAuditLog(house.em(), lateCommits.ofAny)) > 0);
});
afterAll(() => house.close());

const run = async (...args: string[]) => {
  const { code, out, err } = await allotment(args, { DATABASE_URL: house.config.databaseUrl });
  return { code, out: out.trim(), err };
};
const tamper = (change: string) =>
  house.sql(`set session_replication_role = replica; ${change}; set session_replication_role = origin`);
const one = async (query: string) =>
  Object.values((await house.sql<Record<string, string>>(query))[0] ?? {})[0];

/** Each agrees, though amounts or lines differ from the plain case: nothing may be reported of them. */
async function sellOutOfTheOrdinary(): Promise<void> {
  const short = await ordered(house, await reserved(house, 2), 2);
  await house.notify(short.order_id, { amount: short.payment_required.amount - 1, currency: 'HKD' });
  const payment = await one(`select payment_id from payments where order_id = '${short.order_id}'`);
  await house.post(`/api/admin/payments/${payment}/accept`, undefined, { key: 'admin' });

  const wrong = await ordered(house, await reserved(house, 2), 2);
  await house.sql('delete from order_lines where order_id = $1', [wrong.order_id]);
  await house.notify(wrong.order_id);

  const withAddons = await house.post('/api/ota/orders', {
    reservation_id: await reserved(house, 3, 106),
    customer_details: customer,
    pricing_context: {
      visit_date: SATURDAY,
      customer_breakdown: breakdown(2, 1),
      addons: [{ addon_id: 'tokens-plan-b', quantity: 2 }],
    },
  });
  await house.notify(withAddons.body.order_id);

  const item = (productId: number, date: string) => ({
    product_id: productId,
    qty: 1,
    pricing_context: { visit_date: date, customer_breakdown: breakdown(1) },
  });
  const items = [item(106, SATURDAY), item(108, SATURDAY), item(106, WEDNESDAY)];
  const direct = { items, out_trade_no: 'trade-1', customer_details: customer };
  const several = await house.post('/orders', direct, { key: 'direct' });
  await house.notify(several.body.order_id);

  await orderBecomes(house, wrong.order_id, 'refund_due');
  for (const id of [short.order_id, withAddons.body.order_id, several.body.order_id]) {
    await orderBecomes(house, id, 'fulfilled');
  }
}

/** Lets the first sale have happened three days ago, and states that day. */
async function stateFirstSale(): Promise<void> {
  const then = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
  await tamper(`update inventory_ledger set recorded_at = '${then.toISOString()}'
                 where reservation_id = '${sale.reservationId}'`);
  expect(await storeStatement(house.em(), 'demo-ota', today(then, ZONE), ZONE)).toBe(true);
}

/** What breaks which promise, and how to mend it again. */
const damages: [check: string, damage: string, repair: string][] = [
  [
    'counters equal the ledger',
    `insert into inventory_ledger (product_id, channel, delta_reserved, reason) values (106, 'ota', 1, 'forged')`,
    `delete from inventory_ledger where reason = 'forged'`,
  ],
  [
    'counters equal the reservations',
    `update reservation_lines set units = units + 1 where reservation_id in
       (select reservation_id from channel_reservations where status = 'held')`,
    `update reservation_lines set units = units - 1 where reservation_id in
       (select reservation_id from channel_reservations where status = 'held')`,
  ],
  [
    'holds equal their live orders',
    `update reservation_lines set ordered = ordered + 1 where reservation_id in
       (select reservation_id from channel_reservations where status = 'held')`,
    `update reservation_lines set ordered = ordered - 1 where reservation_id in
       (select reservation_id from channel_reservations where status = 'held')`,
  ],
  [
    'ended holds keep nothing but paid orders',
    `update orders set status = 'pending_payment' where status = 'expired'`,
    `update orders set status = 'expired' where status = 'pending_payment' and reservation_id in
       (select reservation_id from channel_reservations where status = 'released')`,
  ],
  [
    'fulfilled orders have a ticket for each unit',
    `update tickets set status = 'void' where unit_number = 2`,
    `update tickets set status = 'valid' where unit_number = 2`,
  ],
  [
    'paid orders have one accepted payment',
    `update payments set verdict = 'review' where order_id in (select order_id from orders where status = 'fulfilled')`,
    `update payments set verdict = 'accepted' where verdict = 'review'`,
  ],
  [
    'money that bought nothing is refunded',
    `update refunds set payment_id = gen_random_uuid()`,
    `update refunds set payment_id = (select payment_id from payments p where p.order_id = refunds.order_id)`,
  ],
  [
    'refunds are of money that bought nothing',
    `insert into refunds (refund_id, order_id, payment_id, amount, currency, reason)
       select gen_random_uuid(), order_id, payment_id, 1, 'HKD', 'forged' from payments join orders using (order_id)
        where orders.status = 'fulfilled'`,
    `delete from refunds where reason = 'forged'`,
  ],
  [
    'entitlements equal their redemptions',
    `update ticket_entitlements set remaining = remaining - 1 where function_code = 'playground_tokens'`,
    `update ticket_entitlements set remaining = remaining + 1 where function_code = 'playground_tokens'`,
  ],
  [
    'statements equal the ledger',
    `update statements set content = jsonb_set(content, '{accounts,0,closing,sold}', '1000')`,
    `update statements set content = jsonb_set(content, '{accounts,0,closing,sold}', '2')`,
  ],
  [
    'orders equal their quotes',
    `update orders set total_amount = total_amount + 1 where status = 'cancelled'`,
    `update orders set total_amount = total_amount - 1 where status = 'cancelled'`,
  ],
  [
    'tickets are what was quoted',
    `update tickets set product_id = 108 where product_id = 106 and unit_number = 1`,
    `update tickets set product_id = 106 where product_id = 108 and unit_number = 1`,
  ],
  [
    'tickets are what was quoted',
    `update tickets set customer_type = 'elderly' where customer_type = 'adult'`,
    `update tickets set customer_type = 'adult' where customer_type = 'elderly'`,
  ],
  [
    'tickets are what was quoted',
    `update tickets set visit_date = visit_date + 1`,
    `update tickets set visit_date = visit_date - 1`,
  ],
  [
    'order lines are what was quoted',
    `update order_lines set visit_date = visit_date + 1`,
    `update order_lines set visit_date = visit_date - 1`,
  ],
  [
    'order lines are what was quoted',
    `update order_lines set units = units + 1`,
    `update order_lines set units = units - 1`,
  ],
  [
    'quotes add up',
    `update order_lines set quote = jsonb_set(quote, '{adjustments}', '[{"code": "c", "label": "l", "amount": -1}]')`,
    `update order_lines set quote = jsonb_set(quote, '{adjustments}', '[]')`,
  ],
  [
    'payments that nobody reviewed are of the total',
    `update payments set amount = amount - 100 where reason is null`,
    `update payments set amount = amount + 100 where reason is null`,
  ],
  [
    'payments that nobody reviewed are of the total',
    `update payments set currency = 'USD'`,
    `update payments set currency = 'HKD'`,
  ],
  [
    'refunds are of their whole payment',
    `update refunds set amount = amount + 1`,
    `update refunds set amount = amount - 1`,
  ],
  [
    'the audit chain holds',
    `update audit_log set actor = 'somebody else' where action = 'redeem'`,
    `update audit_log set actor = 'demo-gate' where action = 'redeem'`,
  ],
];

/** What a quote's parts add up to, and the parts. */
const numbersOfQuotes = [
  'units',
  'subtotal',
  'addonsTotal',
  'total',
  ...['count', 'unitPrice', 'amount'].map((field) => `lines,0,${field}`),
  ...['quantity', 'unitPrice', 'amount'].map((field) => `addons,0,${field}`),
];

/** Changes a number in every quote that has it. */
function addToQuotes(path: string, amount: number): string {
  return `update order_lines set quote = jsonb_set(quote, '{${path}}', to_jsonb((quote #>> '{${path}}')::bigint + ${amount}))
           where quote #> '{${path}}' is not null`;
}

describe('allotment verify', () => {
  it('says that all agrees, with exit code 0', async () => {
    const { code, out } = await run('verify');
    expect([code, out]).toEqual([0, 'All accounts agree.']);
    const json = await run('verify', '--json');
    expect([json.code, JSON.parse(json.out)]).toEqual([0, []]);
  });

  it.each(damages)('finds it where not: %s', async (check, damage, repair) => {
    await tamper(damage);
    const { code, out } = await run('verify', '--json');
    const found = JSON.parse(out) as Disagreement[];
    expect([code, found.map((one) => one.check)]).toEqual([1, expect.arrayContaining([check])]);
    for (const { subject, detail } of found) {
      expect([subject, detail]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    }
    await tamper(repair);
    expect(await house.disagreements()).toEqual([]);
  });

  it.each(numbersOfQuotes)('finds a quote whose %s does not fit the rest of it', async (path) => {
    await tamper(addToQuotes(path, 1));
    const found = await house.disagreements();
    await tamper(addToQuotes(path, -1));
    expect(found.map(({ check }) => check)).toContain('quotes add up');
    expect(await house.disagreements()).toEqual([]);
  });

  it('agrees with a quote that is adjusted, where its total is, too', async () => {
    const adjust = (adjustments: object[], amount: number) => `
      update order_lines l
         set quote = l.quote || jsonb_build_object('adjustments', '${JSON.stringify(adjustments)}'::jsonb,
                                                   'total', (l.quote ->> 'total')::bigint + ${amount})
        from orders o where o.order_id = l.order_id and o.status = 'pending_payment';
      update orders set total_amount = total_amount + ${amount} where status = 'pending_payment'`;
    await tamper(adjust([{ code: 'early', label: 'Early', amount: -500 }], -500));
    expect(await house.disagreements()).toEqual([]);
    await tamper(adjust([], 500));
    expect(await house.disagreements()).toEqual([]);
  });

  it('names each of what disagrees in a line, and counts them', async () => {
    await tamper(damages[0]?.[1] ?? '');
    const { code, out } = await run('verify');
    await tamper(damages[0]?.[2] ?? '');
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(
        /^counters equal the ledger: 106\/ota: counters 2000\/\d+\/\d+, ledger 2000\/\d+\/\d+\n1 disagreements?\.$/,
      ),
    ]);
  });

  it('has a damage for every check that there is', async () => {
    const seen = new Set<string>();
    for (const [, damage, repair] of damages) {
      await tamper(damage);
      for (const { check } of await house.disagreements()) seen.add(check);
      await tamper(repair);
    }
    expect(await house.disagreements()).toEqual([]);
    expect(seen).toEqual(new Set(damages.map(([check]) => check)));
  });

  it('fails without a database, and with one that does not answer', async () => {
    const away = await run('verify', '--database', 'postgresql://nobody:nothing@127.0.0.1:1/none');
    expect([away.code, away.out]).toEqual([1, '']);
    expect(away.err).not.toBe('');
  });
});

describe('allotment statements run', () => {
  const yesterday = dayBefore(new Date(), ZONE);

  it('stores what is missing of a day that is over, once', async () => {
    await tamper(`update channel_reservations set started_at = started_at - interval '23 hours',
                         expires_at = expires_at - interval '23 hours' where partner_id = 'demo-ota'`);
    const early = dayBefore(new Date(`${yesterday}T12:00:00+08:00`), ZONE);
    expect(JSON.parse((await run('statements', 'run', '--date', early, '--json')).out)).toEqual({
      business_date: early,
      stored: [],
    });
    const isOfYesterday = (await one(
      `select bool_or((started_at at time zone '${ZONE}')::date <= '${yesterday}') from channel_reservations`,
    )) as unknown as boolean;
    const first = await run('statements', 'run', '--json');
    expect([first.code, JSON.parse(first.out)]).toEqual([
      0,
      { business_date: yesterday, stored: isOfYesterday ? ['demo-ota'] : [] },
    ]);
    expect((await run('statements', 'run')).out).toBe(`No statement of ${yesterday} is missing.`);
  });

  it('refuses what is no date, and a day that is not over', async () => {
    expect((await run('statements', 'run', '--date', '2026-02-30')).code).toBe(2);
    const early = await run('statements', 'run', '--date', today(new Date(), ZONE));
    expect([early.code, early.err]).toEqual([2, expect.stringContaining('is not over')]);
  });
});
