import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { HoldsTogether } from '../../src/accept/holds-together.ts';
import { reserve } from '../../src/accept/reserve.ts';
import { holding, holdUnitsOfEach } from '../../src/db/queries/hold-units.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { pool } from '../support/runs.ts';

let house: House;
let keyId: string;
beforeAll(async () => {
  house = await openHouse();
  const [key] = await house.sql<{ key_id: string }>(
    `select key_id from api_keys where partner_id = 'demo-ota'`,
  );
  keyId = key?.key_id as string;
});
afterAll(() => house.close());

const fingerprint = randomBytes(32);
const by = (key: string | null, channel: string) => ({
  partnerId: 'demo-ota',
  channel,
  keyId,
  requestId: randomUUID(),
  answerKeys: key === null ? [] : [{ operation: 'reserve', key, fingerprint }],
});

type Wish = { units: number; productId?: number; key?: string | null; reference?: string; channel?: string };
/** Asks in the order given, all at once, and says what became of each. */
const askAtOnce = (holds: HoldsTogether, wishes: Wish[]) =>
  Promise.all(
    wishes.map(async ({ units, productId = 106, key = null, reference = null, channel = 'ota' }) => {
      try {
        const { result, replayed } = await reserve(house.em(), holds, by(key, channel), {
          productId,
          quantity: units,
          reservationExpiresAt: null,
          reference,
          now: new Date(),
        });
        return replayed ? `again ${result.reservation_id}` : result.reservation_id;
      } catch (error) {
        return (error as { code: string }).code;
      }
    }),
  );
const openHolds = () => new HoldsTogether(() => house.em(), 30_000);
const isId = (outcome: string) => /^[\da-f-]{36}$/.test(outcome);

/** Leaves so many units in a pool. */
async function leave(units: number, productId = 106): Promise<void> {
  const quantity = (await left(productId)) - units;
  const taken = await house.post('/api/ota/reserve', { product_id: productId, quantity }, { key: 'ota_2' });
  expect(taken.status).toBe(201);
}
const left = async (productId = 106) => {
  const { allocated, reserved, sold } = await pool(house, productId);
  return allocated - reserved - sold;
};

describe('holds that are asked for at the same time', () => {
  it('share a statement: each has its units, rows and command', async () => {
    const ids = await askAtOnce(
      openHolds(),
      Array.from({ length: 30 }, (_, turn) => ({ units: 1 + (turn % 3), productId: 106 + (turn % 3) })),
    );
    expect(ids.filter(isId)).toHaveLength(30);
    const rows = await house.sql<{ moments: number; commands: number; ledger: number; audit: number }>(
      `select (select count(distinct xmin::text) from channel_reservations where reservation_id = any ($1))::int as moments,
              (select count(*) from workflow_commands c
                where c.payload ->> 'reservation_id' = any ($1::text[])
                  and c.payload -> 'product_ids' = (select jsonb_agg(product_id) from reservation_lines
                                                     where reservation_id::text = c.payload ->> 'reservation_id'))::int as commands,
              (select count(*) from inventory_ledger l join reservation_lines r using (reservation_id, product_id)
                where reservation_id = any ($1) and delta_reserved = r.units)::int as ledger,
              (select count(*) from audit_log where action = 'reserve' and subject = any ($1::text[]))::int as audit`,
      [ids],
    );
    expect(rows).toEqual([{ moments: 1, commands: 30, ledger: 30, audit: 30 }]);
  });

  it('come out as if each came alone: large and small ones, repeats and unknown products', async () => {
    await leave(10);
    const key = randomUUID();
    const outcomes = await askAtOnce(openHolds(), [
      { units: 11 },
      { units: 4, key },
      { units: 4, key },
      { units: 7 },
      { units: 1, productId: 999 },
      { units: 6 },
      { units: 1 },
      { units: 1, channel: 'nowhere' },
      { units: 1, productId: 107 },
    ]);
    const [tooLarge, first, repeat, outrun, unknown, fits, tooLate, elsewhere, other] = outcomes as [
      string,
      ...string[],
    ];
    expect([tooLarge, unknown, elsewhere]).toEqual([
      'ALLOTMENT_EXHAUSTED',
      'VALIDATION_FAILED',
      'ALLOTMENT_EXHAUSTED',
    ]);
    expect([isId(first!), isId(other!)]).toEqual([true, true]);
    expect(repeat).toBe(`again ${first}`);
    // Seven, six and one of the six that are left: which of them comes first is theirs.
    expect([outrun, fits, tooLate].filter((one) => isId(one!)).length).toBe(1);
    expect([outrun, fits, tooLate]).toContain('ALLOTMENT_EXHAUSTED');
    expect(await left()).toBe(isId(tooLate!) ? 5 : 0);
  });

  it('are not undone by one that PostgreSQL refuses', async () => {
    const outcomes = await askAtOnce(openHolds(), [
      { units: 1, productId: 107 },
      { units: 1, productId: 107, reference: 'no \u0000 text' },
      { units: 1, productId: 107 },
    ]);
    expect([isId(outcomes[0]!), outcomes[1], isId(outcomes[2]!)]).toEqual([true, '22021', true]);
  });

  it('wait for nobody who has locked the pool of another product', async () => {
    const em = house.em();
    await em.begin();
    await em.execute('select from product_inventory where product_id = 107 for update');
    const ask = (productId: number) =>
      house.post('/api/ota/reserve', { product_id: productId, quantity: 1 }).then(({ status }) => status);
    let isAnswered = false;
    const waiting = ask(107).finally(() => {
      isAnswered = true;
    });
    expect(await Promise.all(Array.from({ length: 6 }, () => ask(108)))).toEqual(Array(6).fill(201));
    expect(isAnswered).toBe(false);
    await em.commit();
    expect(await waiting).toBe(201);
  });
});

/** What two processes do at once, each with callers of its own. */
describe('holds of two processes', () => {
  it('never hold twice for a key that comes to both, in whatever order', async () => {
    const processes = [openHolds(), openHolds()] as const;
    for (let round = 0; round < 10; round += 1) {
      const keys = Array.from({ length: 12 }, () => randomUUID());
      const wishes = keys.map((key, turn) => ({ units: 1, productId: 107 + (turn % 2), key }));
      const [some, others] = await Promise.all([
        askAtOnce(processes[0], wishes),
        askAtOnce(processes[1], wishes.toReversed()),
      ]);
      const held = (outcomes: string[]) => outcomes.map((outcome) => outcome.replace('again ', ''));
      expect(held(others).toReversed()).toEqual(held(some));
      expect([...some, ...others].filter(isId)).toHaveLength(12);
    }
  });

  it('wait for one another without a ring where they have the same keys for different products', async () => {
    const keys = Array.from({ length: 9 }, () => randomUUID()).toSorted();
    const batchOf = (productId: number, ofKeys: string[]) =>
      ofKeys.map((key) =>
        holding(by(key, 'ota'), {
          reservationId: randomUUID(),
          lines: [{ productId, units: 1 }],
          reference: null,
          expiresAt: null,
          holdSeconds: 600,
        }),
      );
    // Somebody has the key in the middle, so that both have written their first ones when they go on.
    const em = house.em();
    await em.begin();
    await em.execute(
      `insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
       values ('demo-ota', 'reserve', ?, sha256('x'), '{}')`,
      [keys[4]],
    );
    const both = Promise.allSettled(
      [batchOf(107, keys), batchOf(108, keys.toReversed())].map((batch) =>
        holdUnitsOfEach(house.em(), batch, 'skip locked'),
      ),
    );
    await eventually('both waiting', async () => {
      const waiting = await house.sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length === 2;
    });
    await em.rollback();
    const outcomes = await both;
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find(({ status }) => status === 'rejected');
    expect(refused).toMatchObject({ reason: { constraint: 'one_answer_for_a_key' } });
  });

  it('take the last 20 units once', async () => {
    await leave(20, 107);
    const wishes = Array.from({ length: 30 }, () => ({ units: 1, productId: 107 }));
    const outcomes = (
      await Promise.all([askAtOnce(openHolds(), wishes), askAtOnce(openHolds(), wishes)])
    ).flat();
    expect(outcomes.filter(isId)).toHaveLength(20);
    expect(new Set(outcomes.filter((one) => !isId(one)))).toEqual(new Set(['ALLOTMENT_EXHAUSTED']));
    expect(await left(107)).toBe(0);
  });

  it('leave all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});

describe('holds of callers who are promised an answer in time', () => {
  let hasty: House;
  beforeAll(async () => {
    hasty = await openHouse({ env: { ALLOTMENT_DATABASE_PATIENCE_MS: '3000' } });
  });
  afterAll(() => hasty.close());

  it('are not refused because somebody keeps the key of one of them', async () => {
    const key = randomUUID();
    const em = hasty.em();
    await em.begin();
    await em.execute(
      `insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
       values ('demo-ota', 'POST /api/ota/reserve', ?, sha256('x'), '{}')`,
      [key],
    );
    const ask = (productId: number, headers?: Record<string, string>) =>
      hasty.post('/api/ota/reserve', { product_id: productId, quantity: 1 }, headers && { headers });
    const [kept, ...others] = await Promise.all([
      ask(107, { 'Idempotency-Key': key }),
      ...Array.from({ length: 4 }, () => ask(108)),
    ]);
    await em.rollback();
    expect(kept?.status).toBe(503);
    expect(others.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await ask(107, { 'Idempotency-Key': key })).status).toBe(201);
  });
});
