import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Services } from '../../src/http/services.ts';
import { streamTickets } from '../../src/http/stream-tickets.ts';
import { type House, openHouse } from '../support/house.ts';
import { countingForks, fetchAndGoAway, largeOrder } from '../support/large-order.ts';
import { ordered, reserved, sold, type SoldTicket } from '../support/sale.ts';

const UNITS = 1_500;

let house: House;
let large: string;
let small: Awaited<ReturnType<typeof sold>>;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  small = await sold(house, 3);
  large = await largeOrder(house, UNITS);
}, 60_000);
afterAll(() => house.close());

const asking = (orderId: string, accept: string | undefined, key: 'ota' | 'ota_2' | 'admin' = 'ota') =>
  house.get(`/api/ota/orders/${orderId}/tickets`, {
    key,
    headers: accept === undefined ? {} : { Accept: accept },
  });

describe('GET /api/ota/orders/{order_id}/tickets', () => {
  it('gives every ticket of a large order as NDJSON, each once, as JSON shows it', async () => {
    const answer = await asking(large, 'application/x-ndjson');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.headers.get('Content-Disposition')).toBe(`attachment; filename="tickets-${large}.ndjson"`);
    expect(answer.text.endsWith('\n')).toBe(true);
    const tickets = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SoldTicket);
    expect(tickets).toHaveLength(UNITS);
    expect(new Set(tickets.map(({ ticket_code: code }) => code)).size).toBe(UNITS);
    const { body } = await house.get(`/api/ota/orders/${large}/tickets?limit=5000`);
    expect(body.items).toEqual(tickets);
  });

  it('gives every ticket as CSV with a header and one row each', async () => {
    const answer = await asking(large, 'text/csv');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('Content-Disposition')).toBe(`attachment; filename="tickets-${large}.csv"`);
    const rows = answer.text.trimEnd().split('\n');
    expect(rows[0]).toBe(
      'ticket_code,product_id,customer_type,status,visit_date,entitlements,qr_code,qr_code_url',
    );
    expect(rows).toHaveLength(UNITS + 1);
    expect(rows[1]).toMatch(/^[^,]+,107,adult,valid,2030-06-15,pet_ferry:1\/1;pet_playground:1\/1,/);
  });

  it('shows in CSV what remains on a ticket', async () => {
    const [ticket] = small.tickets;
    await house.post(
      '/venue/scan',
      { qr: ticket?.qr_code, function_code: 'ferry', scan_id: 'csv-1' },
      { key: 'gate' },
    );
    const row = (await asking(small.orderId, 'text/csv')).text.split('\n')[1];
    expect(row).toContain('ferry:0/1;monchhichi_gift:1/1;playground_tokens:10/10');
  });

  it('gives an empty file before anything is issued', async () => {
    const { order_id: unpaid } = await ordered(house, await reserved(house, 1), 1);
    expect((await asking(unpaid, 'application/x-ndjson')).text).toBe('');
    expect((await asking(unpaid, 'text/csv')).text.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/csv;q=0.5, application/json;q=0.9', 'application/json'],
    ['text/*', 'text/csv'],
    ['text/csv, */*;q=0.1', 'text/csv'],
  ])('reads Accept: %s as %s', async (accept, type) => {
    const answer = await asking(small.orderId, accept);
    expect([answer.status, answer.headers.get('Content-Type')?.split(';')[0]]).toEqual([200, type]);
  });

  it.each(['text/html', 'image/png', 'application/json;q=0'])('answers 406 to Accept: %s', async (accept) => {
    const answer = await asking(small.orderId, accept);
    expect([answer.status, answer.body.code]).toEqual([406, 'NOT_ACCEPTABLE']);
    expect(answer.body.detail).toContain('text/csv');
  });

  it("answers 404 for another partner's order in every form, and shows it to an operator", async () => {
    for (const accept of ['text/csv', 'application/x-ndjson', 'application/json']) {
      const answer = await asking(small.orderId, accept, 'ota_2');
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
      expect((await asking(small.orderId, accept, 'admin')).status).toBe(200);
    }
  });

  it.each(['text/csv', 'application/x-ndjson'] as const)(
    'reads the database only as far as the caller takes %s: memory does not grow with the order',
    async (form) => {
      const { fork, reads } = countingForks(house);
      const stream = streamTickets({ fork, config: house.config } as Services, large, form);
      const chunks = stream[Symbol.asyncIterator]();
      await chunks.next();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(reads()).toBe(1);
      let rest = await chunks.next();
      while (!rest.done) rest = await chunks.next();
      expect(reads()).toBeGreaterThan(UNITS / 500 - 1);
    },
  );

  it('serves on when callers go away in the middle', async () => {
    for (let round = 0; round < 10; round += 1) {
      await fetchAndGoAway(house, large, round % 2 ? 'text/csv' : 'application/x-ndjson');
    }
    expect((await asking(large, 'text/csv')).text.trimEnd().split('\n')).toHaveLength(UNITS + 1);
  });
});
