import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { storeStatement } from '../../src/db/queries/statements.ts';
import { dayBefore, today } from '../../src/domain/calendar.ts';
import { type House, openHouse } from '../support/house.ts';
import { orderBecomes } from '../support/runs.ts';
import { badFields, ordered, reserved, type SoldTicket, sold } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

const ZONE = 'Asia/Hong_Kong';
const PATH = '/api/ota/reconciliation';
const now = new Date();
const TODAY = today(now, ZONE);
const YESTERDAY = dayBefore(now, ZONE);

type Line = {
  entry_id: string;
  product_id: number;
  channel: string;
  reason: string;
  reserved: number;
  sold: number;
  reservation_id: string;
  order_id: string | null;
  payment_ids: string[];
  tickets: Record<string, number>;
  redemptions: number;
};

let house: House;
let test: string;
/** What happened: two sales of product 106, one of which was cancelled and one used; a release; an expiry on 107. */
let used: Awaited<ReturnType<typeof sold>>;
let cancelled: Awaited<ReturnType<typeof sold>>;
let early: string;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  early = await reserved(house, 10);
  await onDay(YESTERDAY);
  used = await sold(house, 2);
  expect((await scan(used.tickets[0])).body).toMatchObject({ result: 'redeemed' });
  cancelled = await sold(house, 3);
  await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
  const { order_id: open } = await ordered(house, early, 4);
  await house.notify(open, { reference: 'in-time' });
  await orderBecomes(house, open, 'fulfilled');
  await house.delete(`/api/ota/reservations/${early}`);
  await reserved(house, 6, 107);
  await house.post('/api/ota/reserve', { product_id: 106, quantity: 50 }, { key: 'ota_2' });
  test = await testKeyOf(house, 'trial', ['reservations:write', 'reports:read']);
  await house.post(
    '/api/ota/reserve',
    { product_id: 106, quantity: 5 },
    { key: null, headers: { 'X-API-Key': test } },
  );
});
afterAll(() => house.close());

/** Sets everything that is there to noon of a day, as if it had happened then. */
async function onDay(date: string): Promise<void> {
  const noon = `${date}T12:00:00+08:00`;
  await house.sql(`set session_replication_role = replica; 
    update inventory_ledger set recorded_at = '${noon}';
    set session_replication_role = origin`);
}
const scan = (ticket: SoldTicket | undefined) =>
  house.post(
    '/venue/scan',
    { qr: ticket?.qr_code, function_code: 'ferry', scan_id: ticket?.ticket_code },
    { key: 'gate' },
  );
const report = (
  query: Record<string, string> = {},
  key: 'ota' | 'ota_2' | 'admin' | 'direct' = 'ota',
  accept?: string,
) =>
  house.get(`${PATH}?${new URLSearchParams({ from: TODAY, to: TODAY, ...query })}`, {
    key,
    ...(accept !== undefined && { headers: { Accept: accept } }),
  });
type Account = {
  product_id: number;
  channel: string;
  opening: { reserved: number; sold: number };
  movements: { reason: string; reserved: number; sold: number; entries: number }[];
  closing: { reserved: number; sold: number };
  units: Record<string, number>;
  money: { sold: { amount: number }; refunded: { amount: number } }[];
};
const accountOf = (answer: { body: { products: Account[] } }, productId = 106, channel = 'ota') =>
  answer.body.products.find((one) => one.product_id === productId && one.channel === channel);

describe('GET /api/ota/reconciliation', () => {
  it('leads from the opening to the closing balance of the ledger, movement by movement', async () => {
    const answer = await report();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ from: TODAY, to: TODAY, time_zone: ZONE, partner_id: 'demo-ota' });
    expect(accountOf(answer)).toEqual({
      product_id: 106,
      channel: 'ota',
      opening: { reserved: 10, sold: 0 },
      movements: [
        { reason: 'held', entries: 2, reserved: 5, sold: 0 },
        { reason: 'sold', entries: 3, reserved: -9, sold: 9 },
        { reason: 'released', entries: 1, reserved: -6, sold: 0 },
        { reason: 'cancelled', entries: 1, reserved: 0, sold: -3 },
      ],
      closing: { reserved: 0, sold: 6 },
      units: { reserved: 5, sold: 9, released: 6, expired: 0, refunded: 3 },
      money: [
        {
          sold: { amount: 9 * 31_800, currency: 'HKD', currency_precision: 2 },
          refunded: { amount: 3 * 31_800, currency: 'HKD', currency_precision: 2 },
        },
      ],
    });
    expect(accountOf(answer, 107)).toMatchObject({
      opening: { reserved: 0, sold: 0 },
      closing: { reserved: 6, sold: 0 },
      money: [],
    });
    expect(answer.body.payments).toEqual([
      {
        received: { amount: 9 * 31_800, currency: 'HKD', currency_precision: 2 },
        refunded: { amount: 3 * 31_800, currency: 'HKD', currency_precision: 2 },
      },
    ]);
  });

  it('closes with what the ledger says of the partner, and opens where the day before closed', async () => {
    const [ledger] = await house.sql(
      `select sum(delta_reserved)::int as reserved, sum(delta_sold)::int as sold
         from inventory_ledger join channel_reservations using (reservation_id)
        where partner_id = 'demo-ota' and product_id = 106`,
    );
    expect(accountOf(await report())?.closing).toEqual(ledger);
    const before = accountOf(await report({ from: YESTERDAY, to: YESTERDAY }));
    expect(before).toMatchObject({ opening: { reserved: 0, sold: 0 }, closing: { reserved: 10, sold: 0 } });
    const both = accountOf(await report({ from: YESTERDAY }));
    expect([both?.opening, both?.closing]).toEqual([before?.opening, ledger]);
  });

  it('adds up in every account', async () => {
    for (const key of ['ota', 'ota_2', 'admin'] as const) {
      const { body } = await report({ from: YESTERDAY }, key);
      for (const { opening, movements, closing } of body.products as Account[]) {
        const sum = (unit: 'reserved' | 'sold') =>
          movements.reduce((total, movement) => total + movement[unit], opening[unit]);
        expect({ reserved: sum('reserved'), sold: sum('sold') }).toEqual({
          reserved: closing.reserved,
          sold: closing.sold,
        });
      }
    }
  });

  it('traces every movement to its hold, order, payment, tickets and redemptions', async () => {
    const { body } = await report();
    const lines = body.items as Line[];
    const sale = lines.find((line) => line.reason === 'sold' && line.order_id === used.orderId);
    const [payment] = await house.sql<{ payment_id: string }>(
      'select payment_id from payments where order_id = $1',
      [used.orderId],
    );
    expect(sale).toMatchObject({
      product_id: 106,
      reserved: -2,
      sold: 2,
      reservation_id: used.reservationId,
      payment_ids: [payment?.payment_id],
      tickets: { issued: 2, valid: 2, redeemed: 0, void: 0 },
      redemptions: 1,
    });
    expect(lines.find((line) => line.reason === 'cancelled')).toMatchObject({
      order_id: cancelled.orderId,
      sold: -3,
      tickets: { issued: 3, valid: 0, redeemed: 0, void: 3 },
      redemptions: 0,
    });
    expect(lines.find((line) => line.reason === 'released')).toMatchObject({
      reservation_id: early,
      order_id: null,
      payment_ids: [],
      tickets: { issued: 0 },
    });
  });

  it('leads through all movements, each once, in pages', async () => {
    const all = (await report()).body.items as Line[];
    const seen: Line[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { body } = await report({ limit: '3', ...(cursor !== null && { cursor }) });
      seen.push(...body.items);
      cursor = body.next_cursor;
      pages += 1;
    } while (cursor !== null);
    expect(seen).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / 3));
    expect(all.length).toBe(8);
  });

  it('is the same as CSV, whose columns add up', async () => {
    const answer = await report({}, 'ota', 'text/csv');
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(answer.headers.get('Content-Disposition')).toBe(
      `attachment; filename="reconciliation-${TODAY}-${TODAY}.csv"`,
    );
    const [header, ...rows] = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const at = (row: string[], column: string) => row[header?.indexOf(column) ?? -1] ?? '';
    const { body } = await report();
    expect(rows.map((row) => at(row, 'entry_id')).filter((id) => id !== '')).toEqual(
      (body.items as Line[]).map((line) => line.entry_id),
    );
    for (const account of body.products as Account[]) {
      const own = rows.filter((row) => at(row, 'product_id') === String(account.product_id));
      for (const unit of ['reserved', 'sold'] as const) {
        const closing = own.find((row) => at(row, 'reason') === 'closing') ?? [];
        const rest = own.filter((row) => at(row, 'reason') !== 'closing');
        expect(rest.reduce((sum, row) => sum + Number(at(row, unit)), 0)).toBe(Number(at(closing, unit)));
        expect(Number(at(closing, unit))).toBe(account.closing[unit]);
      }
    }
    expect(header).not.toContain('allocated');
  });

  it('comes in the form that the address names, whatever a browser accepts', async () => {
    const asBrowser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const csv = await report({ format: 'csv' }, 'ota', asBrowser);
    expect([csv.status, csv.text]).toEqual([200, (await report({}, 'ota', 'text/csv')).text]);
    expect(csv.headers.get('Content-Disposition')).toMatch(/^attachment; /);
    expect((await report({ format: 'json' }, 'ota', 'text/csv')).body.items).toEqual(
      (await report()).body.items,
    );
    expect(badFields(await report({ format: 'pdf' }))).toEqual(['format']);
  });

  it('does not let a reference be taken for a formula', async () => {
    await house.post('/api/ota/reserve', { product_id: 108, quantity: 1, reference: '=1+1' });
    const { text } = await report({}, 'ota', 'text/csv');
    expect(text).toContain(`'=1+1`);
    expect((await report()).body.items.at(-1).reservation_reference).toBe('=1+1');
  });

  it("shows a partner its own only; an operator sees one partner's, or all of the live ones", async () => {
    expect(accountOf(await report({}, 'ota_2'))).toMatchObject({ closing: { reserved: 50, sold: 0 } });
    expect((await report({}, 'direct')).body).toMatchObject({ products: [], payments: [], items: [] });
    const own = await report();
    expect((await report({ partner_id: 'demo-ota' })).body).toEqual(own.body);
    expect((await report({ partner_id: 'demo-ota' }, 'admin')).body).toEqual(own.body);
    for (const [key, partnerId] of [
      ['ota', 'demo-ota-2'],
      ['ota', 'nobody'],
      ['admin', 'nobody'],
    ] as const) {
      const answer = await report({ partner_id: partnerId }, key);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }

    const all = await report({ from: YESTERDAY }, 'admin');
    expect(all.body.partner_id).toBeNull();
    const [counted] = await house.sql<{ pool: object }>(
      `select channel_allocations -> 'ota' as pool from product_inventory where product_id = 106`,
    );
    expect(accountOf(all)?.closing).toEqual(counted?.pool);
    expect(all.body.products.map(({ channel }: Account) => channel)).not.toContain('test-trial');
    expect(all.body.items.some(({ channel }: Line) => channel === 'test-trial')).toBe(false);
    const csv = await report({ from: YESTERDAY }, 'admin', 'text/csv');
    expect(csv.text.split('\n')[0]).toContain('partner_id,product_id,channel,reason,allocated');
    expect(csv.text).not.toContain('test-trial');
  });

  it('shows a test partner its own pools, and them only', async () => {
    const headers = { 'X-API-Key': test };
    const answer = await house.get(`${PATH}?from=${TODAY}&to=${TODAY}`, { key: null, headers });
    expect(answer.body.products).toMatchObject([
      { channel: 'test-trial', closing: { reserved: 5, sold: 0 } },
    ]);
    expect((await report({ partner_id: 'trial' }, 'admin')).body).toEqual(answer.body);
  });

  it.each([
    [{ from: '', to: '' }, ['from', 'to']],
    [{ from: '2026-02-30' }, ['from']],
    [{ from: '2026-01-02', to: '2026-01-01' }, ['to']],
    [{ from: '2025-01-01', to: '2026-01-02' }, ['to']],
    [{ limit: '0' }, ['limit']],
    [{ limit: '5001' }, ['limit']],
    [{ cursor: 'x', from: '2026-12-02', to: '2026-12-01', limit: '0' }, ['cursor', 'limit', 'to']],
    [{ from: '2020-01-01', to: '2026-12-01', limit: '0' }, ['limit', 'to']],
    [{ cursor: 'x' }, ['cursor']],
    [{ partner_id: 'NOT A PARTNER' }, ['partner_id']],
    [{ unknown: '1' }, ['unknown']],
  ])('refuses %j', async (query, fields) => {
    const answer = await report(query);
    expect([answer.status, badFields(answer)]).toEqual([422, fields]);
  });

  it('takes a period of 366 days, and needs both ends', async () => {
    expect((await report({ from: '2025-01-01', to: '2026-01-01' })).status).toBe(200);
    const bare = await house.get(PATH);
    expect([bare.status, badFields(bare)]).toEqual([422, ['from', 'to']]);
  });

  it.each(['application/x-ndjson', 'text/html', 'application/pdf'])(
    'answers 406 to Accept: %s',
    async (accept) => {
      const answer = await report({}, 'ota', accept);
      expect([answer.status, answer.body.code]).toEqual([406, 'NOT_ACCEPTABLE']);
    },
  );

  it('has an end where a day of the business ends, not one of UTC', async () => {
    const { orderId } = await sold(house, 1, 108);
    const edge = (time: string) =>
      house.sql(`set session_replication_role = replica; 
        update inventory_ledger set recorded_at = '${time}' where order_id = '${orderId}';
        set session_replication_role = origin`);
    const isIn = async (from: string) =>
      ((await report({ from, to: from })).body.items as Line[]).some((line) => line.order_id === orderId);
    await edge('2026-03-10T23:59:59.999999+08:00');
    expect([await isIn('2026-03-10'), await isIn('2026-03-11')]).toEqual([true, false]);
    await edge('2026-03-11T00:00:00+08:00');
    expect([await isIn('2026-03-10'), await isIn('2026-03-11')]).toEqual([false, true]);
    await edge(`${TODAY}T00:00:01+08:00`);
  });
});

describe('the daily statement', () => {
  const state = (date: string) => storeStatement(house.em(), 'demo-ota', date, ZONE);

  it('keeps the accounts of a day that is over, once, as the reconciliation tells them', async () => {
    expect(await state(YESTERDAY)).toBe(true);
    expect(await state(YESTERDAY)).toBe(false);
    const answer = await house.get(`/api/ota/statements/${YESTERDAY}`);
    const { body: whole } = await report({ from: YESTERDAY, to: YESTERDAY });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      partner_id: 'demo-ota',
      business_date: YESTERDAY,
      created_at: expect.any(String),
      products: whole.products,
      payments: whole.payments,
    });
    expect(await house.sql(`select actor, subject from audit_log where action = 'store_statement'`)).toEqual([
      { actor: 'worker', subject: `demo-ota/${YESTERDAY}` },
    ]);
  });

  it('is not made of a day that is not over', async () => {
    expect(await state(TODAY)).toBe(false);
    expect((await house.get(`/api/ota/statements/${TODAY}`)).status).toBe(404);
  });

  it('waits for whoever may still add to the day, and has what they add', async () => {
    const day = '2026-02-10';
    const reservationId = await reserved(house, 2, 108);
    const late = new Client({ connectionString: house.config.databaseUrl });
    await late.connect();
    try {
      await late.query('begin');
      for (const [noon, delta] of [
        [day, 7],
        ['2026-02-11', -7],
      ]) {
        await late.query(
          `insert into inventory_ledger (product_id, channel, reservation_id, delta_reserved, reason, recorded_at)
           values (108, 'ota', $1, $2, 'late', $3)`,
          [reservationId, delta, `${noon}T12:00:00+08:00`],
        );
      }
      await expect(state(day)).rejects.toThrow('under way');
      await late.query('commit');
    } finally {
      await late.end();
    }
    expect(await state(day)).toBe(true);
    expect((await house.get(`/api/ota/statements/${day}`)).body.products).toMatchObject([
      { product_id: 108, movements: [{ reason: 'late', reserved: 7 }], closing: { reserved: 7 } },
    ]);
  });

  it('is where later balances are counted from: the ledger before it is not read again', async () => {
    const opening = async () => accountOf(await report())?.opening.sold;
    const before = await opening();
    const addToStatement = (units: number) =>
      house.sql(`set session_replication_role = replica;
        update statements set content = jsonb_set(content, '{accounts,0,closing,sold}',
                 to_jsonb((content #>> '{accounts,0,closing,sold}')::int + (${units})))
         where partner_id = 'demo-ota' and business_date = '${YESTERDAY}';
        set session_replication_role = origin`);
    await addToStatement(1_000);
    expect(await opening()).toBe(before === undefined ? NaN : before + 1_000);
    await addToStatement(-1_000);
    expect(await opening()).toBe(before);
  });

  it('cannot be changed, not even by an operator of the database', async () => {
    for (const change of [
      'update statements set content = content',
      'delete from statements',
      'truncate statements',
    ]) {
      await expect(house.sql(change)).rejects.toThrow('statements is append-only');
    }
  });

  it('is listed latest first, in pages, by its partner and by operators', async () => {
    const days = ['2026-01-05', '2026-01-04', '2026-01-03', '2026-01-02', '2026-01-01'];
    for (const day of days) await state(day);
    await storeStatement(house.em(), 'demo-ota-2', '2026-01-04', ZONE);
    const walk = async (query: Record<string, string>, key: 'ota' | 'ota_2' | 'admin' = 'ota') => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const search = new URLSearchParams({ ...query, ...(cursor !== null && { cursor }) });
        const answer = await house.get(`/api/ota/statements?${search}`, { key });
        expect(answer.status).toBe(200);
        seen.push(
          ...answer.body.items.map((one: { business_date: string; partner_id: string }) =>
            key === 'admin' ? `${one.business_date} ${one.partner_id}` : one.business_date,
          ),
        );
        cursor = answer.body.next_cursor;
      } while (cursor !== null);
      return seen;
    };
    expect(await walk({ limit: '2' })).toEqual([YESTERDAY, '2026-02-10', ...days]);
    expect(await walk({ from: '2026-01-02', to: '2026-01-04' })).toEqual(days.slice(1, 4));
    expect(await walk({}, 'ota_2')).toEqual(['2026-01-04']);
    expect(await walk({ limit: '1', from: '2026-01-03', to: '2026-01-04' }, 'admin')).toEqual([
      '2026-01-04 demo-ota',
      '2026-01-04 demo-ota-2',
      '2026-01-03 demo-ota',
    ]);
    expect(await walk({ partner_id: 'demo-ota-2' }, 'admin')).toEqual(['2026-01-04 demo-ota-2']);
    const one = await house.get('/api/ota/statements/2026-01-04?partner_id=demo-ota-2', { key: 'admin' });
    expect(one.body.partner_id).toBe('demo-ota-2');
  });

  it('is not found by others, of other days, or by what is no date', async () => {
    for (const [path, key] of [
      [`/api/ota/statements/${YESTERDAY}`, 'ota_2'],
      [`/api/ota/statements/${YESTERDAY}?partner_id=demo-ota`, 'ota_2'],
      ['/api/ota/statements?partner_id=demo-ota', 'ota_2'],
      ['/api/ota/statements/2026-02-30', 'ota'],
      ['/api/ota/statements/x', 'ota'],
      ['/api/ota/statements/%00', 'ota'],
      ['/api/ota/statements/1999-01-01', 'admin'],
    ] as const) {
      const answer = await house.get(path, { key });
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'NOT_FOUND']);
    }
    for (const query of ['cursor=x', 'from=x', 'limit=0', 'from=2026-01-02&to=2026-01-01']) {
      expect((await house.get(`/api/ota/statements?${query}`)).status).toBe(422);
    }
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
