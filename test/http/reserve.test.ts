import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPriceRules } from '../../src/db/queries/price-rules.ts';
import { publishPriceList } from '../../src/db/queries/publish-price-list.ts';
import { type House, openHouse } from '../support/house.ts';
import { badFields } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const reserve = (body: unknown, headers: Record<string, string> = {}) =>
  house.post('/api/ota/reserve', body, { headers });
const available = async (productId: number): Promise<number> =>
  (await house.get(`/api/ota/inventory?product_ids=${productId}`)).body.available_quantities[productId];
/** Takes what a test has held back from the next one. */
const release = async (reservationId: string) => {
  expect((await house.delete(`/api/ota/reservations/${reservationId}`)).status).toBe(200);
};
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

const send = (body: string | undefined, type: string | null = 'application/json') =>
  house.send('POST', '/api/ota/reserve', body, {
    'X-API-Key': house.keys.ota,
    ...(type !== null && { 'Content-Type': type }),
  });
const bodyOf = (length: number) => {
  const frame = JSON.stringify({ product_id: 106, quantity: 1, reference: '' });
  return frame.replace('""', `"${'x'.repeat(length - frame.length)}"`);
};
const withKey = (body: unknown, key: string) => reserve(body, { 'Idempotency-Key': key });
const asking = (key: 'ota' | 'ota_2') => ({ key, headers: { 'Idempotency-Key': 'ours' } });

describe('POST /api/ota/reserve', () => {
  it('holds the units for 24 hours, with the prices promised', async () => {
    const answer = await reserve({ product_id: 106, quantity: 3, reference: 'trip-1' });
    expect(answer.status).toBe(201);
    const { reservation_id: id, reserved_until: until, pricing_snapshot: snapshot, ...rest } = answer.body;
    expect(answer.headers.get('Location')).toBe(`/api/ota/reservations/${id}`);
    expect(rest).toEqual({ status: 'held', product_id: 106, quantity: 3, reference: 'trip-1' });
    expect(snapshot).toMatchObject({
      currency: 'HKD',
      currency_precision: 2,
      unit_prices: { adult: { weekday: 28800, weekend: 31800 } },
      special_dates: expect.arrayContaining([{ date: '2026-02-18', multiplier: 1.3 }]),
    });
    const rows = await house.sql(
      `select r.partner_id, r.channel, r.status, r.reference, l.product_id, l.units, l.ordered, l.sold, l.released,
              l.price_list_id, date_trunc('milliseconds', r.expires_at) = $2::timestamptz as tells_its_end,
              r.expires_at - r.started_at = interval '24 hours' as lasts_a_day
         from channel_reservations r join reservation_lines l using (reservation_id) where reservation_id = $1`,
      [id, until],
    );
    expect(rows).toEqual([
      {
        partner_id: 'demo-ota',
        channel: 'ota',
        status: 'held',
        reference: 'trip-1',
        product_id: 106,
        units: 3,
        ordered: 0,
        sold: 0,
        released: 0,
        price_list_id: snapshot.price_list_id,
        tells_its_end: true,
        lasts_a_day: true,
      },
    ]);
    const ledger = await house.sql(
      `select delta_reserved, delta_sold, reason from inventory_ledger where reservation_id = $1`,
      [id],
    );
    expect(ledger).toEqual([{ delta_reserved: 3, delta_sold: 0, reason: 'held' }]);
    const commands = await house.sql(`select kind from workflow_commands where workflow_id = $1`, [
      `reservation:${id}`,
    ]);
    expect(commands).toEqual([{ kind: 'start_reservation' }]);
    const audit = await house.sql(
      `select actor, action, outcome, request_id = $2 as by_this_request from audit_log where subject = $1`,
      [id, answer.headers.get('X-Request-Id')],
    );
    expect(audit).toEqual([
      { actor: 'demo-ota', action: 'reserve', outcome: 'accepted', by_this_request: true },
    ]);
    await release(id);
  });

  it('gives the whole pool of 2,000 in one reservation, and then nothing', async () => {
    const whole = await reserve({ product_id: 106, quantity: 2000 });
    expect(whole.status).toBe(201);
    const more = await reserve({ product_id: 106, quantity: 1 });
    expect(more.status).toBe(409);
    expect(more.body).toMatchObject({ code: 'ALLOTMENT_EXHAUSTED', available: 0, product_id: 106 });
    const shop = await house.get('/api/ota/inventory?product_ids=106', { key: 'direct' });
    expect(shop.body.available_quantities).toEqual({ 106: 1000 });
    await release(whole.body.reservation_id);
    expect(await available(106)).toBe(2000);
  });

  it('answers 409 with what is available when more is asked for, and holds nothing', async () => {
    const answer = await reserve({ product_id: 107, quantity: 1501 });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'http://tickets.example/docs/errors#allotment_exhausted',
      status: 409,
      code: 'ALLOTMENT_EXHAUSTED',
      instance: '/api/ota/reserve',
      available: 1500,
      request_id: answer.headers.get('X-Request-Id'),
    });
    expect(answer.body.detail).toContain('1500');
    expect(await available(107)).toBe(1500);
  });

  it('keeps references searchable, so two reservations may have the same one', async () => {
    const first = await reserve({ product_id: 106, quantity: 1, reference: 'group 7' });
    const second = await reserve({ product_id: 106, quantity: 1, reference: 'group 7' });
    expect([first.status, second.status]).toEqual([201, 201]);
    await release(first.body.reservation_id);
    await release(second.body.reservation_id);
  });
});

describe('POST /api/ota/reserve with an end of its own', () => {
  it.each([
    ['a little over a minute', 62],
    ['an hour', 3_600],
    ['almost a day', 24 * 3_600 - 5],
  ])('holds for %s', async (_what, seconds) => {
    const until = inSeconds(seconds);
    const answer = await reserve({ product_id: 108, quantity: 1, reservation_expires_at: until });
    expect([answer.status, answer.body.reserved_until]).toEqual([201, until]);
    await release(answer.body.reservation_id);
  });

  it.each([8, -11, 20])('reads an offset of %i hours from UTC', async (hours) => {
    const until = inSeconds(7_200);
    const offset = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
    const local = new Date(Date.parse(until) + hours * 3_600_000).toISOString().replace('Z', offset);
    const answer = await reserve({ product_id: 108, quantity: 1, reservation_expires_at: local });
    expect([answer.status, answer.body.reserved_until]).toEqual([201, until]);
    await release(answer.body.reservation_id);
  });

  it.each([
    ['less than a minute ahead', () => inSeconds(55)],
    ['more than a day ahead', () => inSeconds(24 * 3_600 + 5)],
    ['in the past', () => inSeconds(-3_600)],
    ['a date', () => inSeconds(7_200).slice(0, 10)],
    ['without a zone', () => inSeconds(7_200).slice(0, 19)],
    ['text', () => 'tomorrow'],
    ['a number', () => Date.now() + 7_200_000],
    ['null', () => null],
  ])('refuses an end that is %s', async (_what, end) => {
    const answer = await reserve({ product_id: 108, quantity: 1, reservation_expires_at: end() });
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual(['reservation_expires_at']);
  });
});

describe('POST /api/ota/reserve with bad input', () => {
  it('names every bad field at once', async () => {
    const answer = await reserve({
      product_id: '106',
      quantity: 0,
      reservation_expires_at: 'soon',
      reference: '',
      colour: 'red',
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(badFields(answer)).toEqual([
      'colour',
      'product_id',
      'quantity',
      'reference',
      'reservation_expires_at',
    ]);
    for (const { message } of answer.body.errors) expect(message).not.toBe('');
  });

  it.each([0, -1, 1.5, '3', 1_000_001, 1e300, null, true, [3], {}])(
    'refuses the quantity %j',
    async (quantity) => {
      const answer = await reserve({ product_id: 106, quantity });
      expect([answer.status, badFields(answer)]).toEqual([422, ['quantity']]);
    },
  );

  it('treats the greatest quantity of the contract as a question of availability', async () => {
    const answer = await reserve({ product_id: 106, quantity: 1_000_000 });
    expect([answer.status, answer.body.code]).toEqual([409, 'ALLOTMENT_EXHAUSTED']);
  });

  it.each([999, 0, -106, 106.5, 2_147_483_648, '106'])('refuses the product %j', async (productId) => {
    const answer = await reserve({ product_id: productId, quantity: 1 });
    expect([answer.status, badFields(answer)]).toEqual([422, ['product_id']]);
  });

  it('refuses a product that is off sale', async () => {
    await house.sql(`update products set active = false where product_id = 107`);
    const answer = await reserve({ product_id: 107, quantity: 1 });
    expect([answer.status, badFields(answer)]).toEqual([422, ['product_id']]);
    await house.sql(`update products set active = true where product_id = 107`);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['an escape character', 'a\u001B[31m'],
    ['a C1 control', 'a\u0085b'],
    ['half of a surrogate pair', 'a\uD83Cb'],
    ['spaces only', '   '],
    ['nothing', ''],
    ['101 characters', 'x'.repeat(101)],
  ])('refuses a reference with %s', async (_what, reference) => {
    const answer = await reserve({ product_id: 106, quantity: 1, reference });
    expect([answer.status, badFields(answer)[0]]).toEqual([422, 'reference']);
  });

  it.each(['團體 7 – Größe „ß“', '🎟️🎡', "Robert'); drop table orders;--", '%_\\', '{"a":1}'])(
    'keeps the reference %s as it is',
    async (reference) => {
      const answer = await reserve({ product_id: 106, quantity: 1, reference });
      expect([answer.status, answer.body.reference]).toEqual([201, reference]);
      const [row] = await house.sql<{ reference: string }>(
        `select reference from channel_reservations where reservation_id = $1`,
        [answer.body.reservation_id],
      );
      expect(row?.reference).toBe(reference);
      await release(answer.body.reservation_id);
    },
  );
});

describe('POST /api/ota/reserve with another body than a JSON object', () => {
  it.each([
    ['an array', '[{"product_id":106,"quantity":1}]'],
    ['a text', '"106"'],
    ['a number', '106'],
    ['null', 'null'],
    ['broken JSON', '{"product_id":106,'],
    ['JSON with a comment', '{"product_id":106/*,"quantity":1*/}'],
    ['two objects', '{"product_id":106}{"quantity":1}'],
    ['a poisoned prototype', '{"product_id":106,"quantity":1,"__proto__":{"admin":true}}'],
  ])('answers 400 to %s', async (_what, body) => {
    const answer = await send(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'MALFORMED_REQUEST']);
  });

  it('answers 400 without a body', async () => {
    const answer = await send(undefined, null);
    expect([answer.status, answer.body.code]).toEqual([400, 'MALFORMED_REQUEST']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml'])(
    'answers 415 to %s',
    async (type) => {
      const answer = await send('{"product_id":106,"quantity":1}', type);
      expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  it('accepts JSON with its charset', async () => {
    const answer = await send('{"product_id":106,"quantity":1}', 'application/json; charset=utf-8');
    expect(answer.status).toBe(201);
    await release(answer.body.reservation_id);
  });

  it('answers 413 to a body over 256 KiB, and reads one below it', async () => {
    const over = await send(bodyOf(256 * 1024 + 1));
    expect([over.status, over.body.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const below = await send(bodyOf(256 * 1024));
    expect([below.status, badFields(below)]).toEqual([422, ['reference']]);
  });
});

describe('POST /api/ota/reserve with an Idempotency-Key', () => {
  it('gives a repeat the first answer, byte for byte', async () => {
    const body = { product_id: 108, quantity: 2, reference: 'once' };
    const first = await withKey(body, 'repeat-1');
    const second = await withKey(body, 'repeat-1');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('Location')).toBe(first.headers.get('Location'));
    expect(first.headers.get('Idempotent-Replayed')).toBeNull();
    expect(second.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await house.sql(`select 1 from channel_reservations where reference = 'once'`)).toHaveLength(1);
    await release(first.body.reservation_id);
  });

  it('gives a repeat its answer while the pool is locked, and uses up nothing for it', async () => {
    const body = { product_id: 108, quantity: 2 };
    const first = await withKey(body, 'locked-1');
    const given = () =>
      house.sql<{ last_value: string }>('select last_value from inventory_ledger_entry_id_seq');
    await house.em().transactional(async (em) => {
      await em.execute('select 1 from product_inventory where product_id = 108 for update');
      const before = await given();
      const second = await withKey(body, 'locked-1');
      expect([second.status, second.text]).toEqual([201, first.text]);
      expect(await given()).toEqual(before);
    });
    await release(first.body.reservation_id);
  });

  it('gives the first answer, byte for byte, also after everything has changed', async () => {
    const body = { product_id: 108, quantity: 5 };
    const first = await withKey(body, 'repeat-2');
    await release(first.body.reservation_id);
    const rules = await findPriceRules(house.em(), first.body.pricing_snapshot.price_list_id);
    const dearer = { ...rules, unitPrices: { ...rules.unitPrices, adult: { weekday: 1, weekend: 2 } } };
    await publishPriceList(house.em(), 108, dearer);
    const rest = await reserve({ product_id: 108, quantity: 1500 });
    expect(rest.status).toBe(201);
    await house.sql(`update products set active = false where product_id = 108`);

    const repeat = await withKey(body, 'repeat-2');
    expect([repeat.status, repeat.text]).toEqual([201, first.text]);
    await house.sql(`update products set active = true where product_id = 108`);
    await release(rest.body.reservation_id);
    await publishPriceList(house.em(), 108, rules);
  });

  it('gives the first answer also when its chosen end is no longer a minute ahead', async () => {
    const body = { product_id: 108, quantity: 1, reservation_expires_at: inSeconds(61) };
    const first = await withKey(body, 'repeat-3');
    expect(first.status).toBe(201);
    await sleep(1_500);
    const repeat = await withKey(body, 'repeat-3');
    expect([repeat.status, repeat.text]).toEqual([201, first.text]);
    await release(first.body.reservation_id);
  });

  it('treats members in another order as the same body', async () => {
    const first = await withKey({ product_id: 108, quantity: 1, reference: 'order' }, 'repeat-4');
    const second = await withKey({ reference: 'order', quantity: 1, product_id: 108 }, 'repeat-4');
    expect([second.status, second.text]).toEqual([201, first.text]);
    await release(first.body.reservation_id);
  });

  it('treats a quoted key as the same key', async () => {
    const first = await withKey({ product_id: 108, quantity: 1 }, 'repeat-5');
    const second = await withKey({ product_id: 108, quantity: 1 }, '"repeat-5"');
    expect([second.status, second.text]).toEqual([201, first.text]);
    await release(first.body.reservation_id);
  });

  it('treats another spelling of the path as the same path', async () => {
    const body = { product_id: 108, quantity: 1, reference: 'one path' };
    const headers = { 'Idempotency-Key': 'repeat-6' };
    const first = await house.post('/api/ota/reserve', body, { headers });
    const others = [
      await house.post('/api/ota/reserve/', body, { headers }),
      await house.post('/API/OTA/reserve', body, { headers }),
      await house.post('/api/ota/reserve?again', body, { headers }),
    ];
    for (const other of others.filter(({ status }) => status === 201)) {
      expect(other.body.reservation_id).toBe(first.body.reservation_id);
    }
    expect(await house.sql(`select 1 from channel_reservations where reference = 'one path'`)).toHaveLength(
      1,
    );
  });

  it('refuses another body under the same key', async () => {
    const first = await withKey({ product_id: 108, quantity: 1 }, 'reused');
    const other = await withKey({ product_id: 108, quantity: 2 }, 'reused');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    await release(first.body.reservation_id);
  });

  it.each([
    ['nothing', ''],
    ['empty quotes', '""'],
    ['a space inside', 'a b'],
    ['a letter that is not ASCII', 'schl\u00FCssel'],
    ['256 characters', 'k'.repeat(256)],
  ])('refuses a key of %s', async (_what, key) => {
    const answer = await withKey({ product_id: 108, quantity: 1 }, key);
    expect([answer.status, badFields(answer)]).toEqual([422, ['Idempotency-Key']]);
  });

  it('accepts a key of 255 characters', async () => {
    const answer = await withKey({ product_id: 108, quantity: 1 }, 'k'.repeat(255));
    expect(answer.status).toBe(201);
    await release(answer.body.reservation_id);
  });

  it.each([
    ['a 409', { product_id: 107, quantity: 1501 }, 409],
    ['a 422', { product_id: 107, quantity: 0 }, 422],
    ['an unknown product', { product_id: 999, quantity: 1 }, 422],
  ])('leaves the key free after %s', async (what, refused, status) => {
    expect((await withKey(refused, `free-${status}-${what.length}`)).status).toBe(status);
    const accepted = await withKey({ product_id: 107, quantity: 1 }, `free-${status}-${what.length}`);
    expect(accepted.status).toBe(201);
    expect(accepted.headers.get('Idempotent-Replayed')).toBeNull();
    await release(accepted.body.reservation_id);
  });

  it("keeps partners' keys apart", async () => {
    const body = { product_id: 107, quantity: 1 };
    const first = await house.post('/api/ota/reserve', body, asking('ota'));
    const second = await house.post('/api/ota/reserve', body, asking('ota_2'));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.reservation_id).not.toBe(first.body.reservation_id);
  });

  it('lets each call without a key stand alone', async () => {
    const first = await reserve({ product_id: 107, quantity: 1 });
    const second = await reserve({ product_id: 107, quantity: 1 });
    expect(second.body.reservation_id).not.toBe(first.body.reservation_id);
    await release(first.body.reservation_id);
    await release(second.body.reservation_id);
  });

  it('makes one reservation of 20 parallel repeats', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        withKey({ product_id: 108, quantity: 2, reference: 'parallel' }, 'one-and-the-same'),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('Idempotent-Replayed') === 'true')).toHaveLength(19);
    expect(await house.sql(`select 1 from channel_reservations where reference = 'parallel'`)).toHaveLength(
      1,
    );
  });

  it('makes one reservation of 20 parallel repeats that ask for the whole rest', async () => {
    const quantity = await available(108);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => withKey({ product_id: 108, quantity }, 'the-rest')),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(await available(108)).toBe(0);
    await release(answers[0]?.body.reservation_id);
  });
});

describe('POST /api/ota/reserve in parallel', () => {
  it('gives exactly 20 of 50 callers the last 20 units', async () => {
    const rest = await available(107);
    expect((await reserve({ product_id: 107, quantity: rest - 20 })).status).toBe(201);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => reserve({ product_id: 107, quantity: 1 })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(30);
    expect(refused[0]?.body).toMatchObject({ code: 'ALLOTMENT_EXHAUSTED', available: 0 });
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
