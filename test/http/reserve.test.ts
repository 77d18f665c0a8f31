import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type House, openHouse } from '../support/house.ts';

describe('POST /api/ota/reserve', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  it('gives exactly 20 of 50 parallel callers the last 20 units', async () => {
    expect((await house.post('/api/ota/reserve', { product_id: 107, quantity: 1480 })).status).toBe(201);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => house.post('/api/ota/reserve', { product_id: 107, quantity: 1 })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(30);
    expect(refused[0]?.body).toMatchObject({ code: 'ALLOTMENT_EXHAUSTED', available: 0 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('makes one reservation of 20 parallel repeats of one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        house.post(
          '/api/ota/reserve',
          { product_id: 108, quantity: 2 },
          { headers: { 'Idempotency-Key': 'one-and-the-same' } },
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('Idempotent-Replayed') === 'true')).toHaveLength(19);
    const rows = await house.sql(`select 1 from reservation_lines where product_id = 108`);
    expect(rows).toHaveLength(1);
  });
});
