import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { unzipSync } from 'fflate';
import { PNG } from 'pngjs';
import { decodeQR } from 'qr/decode.js';
import type { Caller } from '../../src/http/auth.ts';
import { findOrder } from '../../src/http/load-order.ts';
import { type PrintedForm, printOrder } from '../../src/http/print-tickets.ts';
import type { Services } from '../../src/http/services.ts';
import { TicketPrinter } from '../../src/tickets/ticket-printer.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { countingForks, fetchAndGoAway, largeOrder } from '../support/large-order.ts';
import { countPages, readPdf } from '../support/pdf.ts';
import { orderBecomes } from '../support/runs.ts';
import {
  badFields,
  breakdown,
  customer,
  ordered,
  reserved,
  SATURDAY,
  type SoldTicket,
  sold,
} from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

/** More than are read from the database at a time. */
const UNITS = 250;

let house: House;
let large: string;
let small: Awaited<ReturnType<typeof sold>>;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  small = await sold(house, 2);
  large = await largeOrder(house, UNITS);
}, 60_000);
afterAll(() => house.close());

/** A file as it comes, whose bytes are no text. */
async function fileAt(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(house.url + path, { headers });
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([path, response.status, new TextDecoder().decode(bytes.subarray(0, 200))]).toEqual([
    path,
    200,
    expect.anything(),
  ]);
  return { bytes, headers: response.headers };
}
const ticketsOf = (orderId: string, accept: string, query = '', headers: Record<string, string> = {}) =>
  fileAt(`/api/ota/orders/${orderId}/tickets${query}`, {
    'X-API-Key': house.keys.ota,
    Accept: accept,
    ...headers,
  });
const pdfOf = (code: string, query = '', headers: Record<string, string> = {}) =>
  fileAt(`/tickets/${code}/ticket.pdf${query}`, headers);
const firstCode = () => small.tickets[0]?.ticket_code ?? '';

describe('GET /tickets/{code}/ticket.pdf', () => {
  it('is a page that says what the ticket is, and whose QR is the signed code', async () => {
    const [ticket] = small.tickets as [SoldTicket];
    const { bytes, headers } = await pdfOf(ticket.ticket_code);
    expect(headers.get('Content-Type')).toBe('application/pdf');
    expect(headers.get('Content-Language')).toBe('en');
    const [page, ...more] = await readPdf(bytes);
    expect(more).toEqual([]);
    expect(page?.qr).toBe(ticket.qr_code);
    for (const words of [
      'Premium Plan',
      'Saturday',
      '15 June 2030',
      'Adult',
      'Ferry',
      'Playground tokens',
      '× 10',
      ticket.ticket_code,
      small.orderId,
      'Ticket 1 of 2',
    ]) {
      expect(page?.text).toContain(words);
    }
  });

  it('is of A6, so that four fit on a sheet of A4', async () => {
    const [page] = await readPdf((await pdfOf(firstCode())).bytes);
    const millimetres = [page?.width, page?.height].map((points = 0) => Math.round((points / 72) * 25.4));
    expect(millimetres).toEqual([105, 148]);
  });

  it('speaks Chinese, with the names as they are stored', async () => {
    const { bytes, headers } = await pdfOf(firstCode(), '?language=zh-Hant');
    expect(headers.get('Content-Language')).toBe('zh-Hant');
    const [page] = await readPdf(bytes);
    for (const words of [
      'Premium Plan',
      '參觀日期',
      '2030年6月15日',
      '成人',
      'Ferry',
      '第 1 張，共 2 張',
      '請妥善保管',
    ]) {
      expect(page?.text).toContain(words);
    }
    expect(page?.text).not.toMatch(/Adult|Saturday|Order/);
    expect(page?.qr).toBe(small.tickets[0]?.qr_code);
  });

  it.each([
    ['zh-HK,zh;q=0.9,en;q=0.5', 'zh-Hant'],
    ['zh-Hant-TW', 'zh-Hant'],
    ['en-US,zh;q=0.5', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
  ])('reads Accept-Language: %s as %s', async (accepted, language) => {
    const { headers } = await pdfOf(firstCode(), '', { 'Accept-Language': accepted });
    expect(headers.get('Content-Language')).toBe(language);
  });

  it('believes the query rather than Accept-Language', async () => {
    const { headers } = await pdfOf(firstCode(), '?language=en', { 'Accept-Language': 'zh-HK' });
    expect(headers.get('Content-Language')).toBe('en');
  });

  it('refuses a language that there is not', async () => {
    const answer = await house.get(`/tickets/${firstCode()}/ticket.pdf?language=fr`, { key: null });
    expect([answer.status, badFields(answer)]).toEqual([422, ['language']]);
  });

  it('gives the same bytes each time', async () => {
    const [one, other] = [await pdfOf(firstCode()), await pdfOf(firstCode())];
    expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
  });

  it('says what the ticket had at first, also when it was used', async () => {
    const { tickets } = await sold(house, 1);
    const code = tickets[0]?.ticket_code ?? '';
    const before = await pdfOf(code);
    await house.post(
      '/venue/scan',
      { qr: tickets[0]?.qr_code, function_code: 'ferry', scan_id: 'printed-1' },
      { key: 'gate' },
    );
    expect(Buffer.compare(before.bytes, (await pdfOf(code)).bytes)).toBe(0);
  });

  it('refuses a void ticket, and knows no other code', async () => {
    const { orderId, tickets } = await sold(house, 1);
    const code = tickets[0]?.ticket_code ?? '';
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'guest fell ill' });
    const refused = await house.get(`/tickets/${code}/ticket.pdf`, { key: null });
    expect([refused.status, refused.body.code]).toEqual([422, 'TICKET_VOID']);
    for (const strange of ['x', 'A'.repeat(26), '%00']) {
      expect((await house.get(`/tickets/${strange}/ticket.pdf`, { key: null })).status).toBe(404);
    }
  });

  it('of a test partner says across the page that it admits nowhere', async () => {
    const key = await testKeyOf(house, 'trial', ['reservations:write', 'orders:write', 'tickets:read']);
    const asking = { key: null, headers: { 'X-API-Key': key } };
    const held = await house.post('/api/ota/reserve', { product_id: 106, quantity: 1 }, asking);
    const order = await house.post(
      '/api/ota/orders',
      {
        reservation_id: held.body.reservation_id,
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
      },
      asking,
    );
    const body = { order_id: order.body.order_id, payment_reference: 'p' };
    const code = await eventually('the test ticket', async () => {
      const answer = await house.post('/api/ota/activate', body, asking);
      return answer.body.tickets?.[0]?.ticket_code as string | undefined;
    });
    const [page] = await readPdf((await pdfOf(code ?? '')).bytes);
    expect(page?.text).toContain('TEST TICKET · ADMITS NOWHERE');
    expect(page?.qr).toMatch(/^[A-Z2-7]{138}$/);
    const [chinese] = await readPdf((await pdfOf(code ?? '', '?language=zh-Hant')).bytes);
    expect(chinese?.text).toContain('測試門票 · 不能入場');
    const [live] = await readPdf((await pdfOf(firstCode())).bytes);
    expect(live?.text).not.toContain('TEST');
  });
});

describe('GET /api/ota/orders/{order_id}/tickets as application/pdf', () => {
  it('has a page for each ticket, in the order of the units', async () => {
    const { bytes, headers } = await ticketsOf(small.orderId, 'application/pdf');
    expect(headers.get('Content-Type')).toBe('application/pdf');
    expect(headers.get('Content-Disposition')).toBe(`attachment; filename="tickets-${small.orderId}.pdf"`);
    const pages = await readPdf(bytes);
    expect(pages.map(({ qr }) => qr)).toEqual(small.tickets.map(({ qr_code: qr }) => qr));
    expect(pages[1]?.text).toContain('Ticket 2 of 2');
  });

  it('has every ticket of a large order', async () => {
    const { bytes } = await ticketsOf(large, 'application/pdf', '?language=zh-Hant');
    expect(await countPages(bytes)).toBe(UNITS);
    const [first] = await readPdf(bytes, 1);
    const { body } = await house.get(`/api/ota/orders/${large}/tickets?limit=1`);
    expect(first?.qr).toBe(body.items[0].qr_code);
    expect(first?.text).toContain(`共 ${UNITS} 張`);
  });

  it('names the reference, and nothing of the customer', async () => {
    const reservationId = await reserved(house, 1);
    const { body: order } = await house.post('/api/ota/orders', {
      reservation_id: reservationId,
      customer_details: { ...customer, phone: '+852 2345 6789' },
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(0, 1) },
      reference: 'booking-20881',
    });
    await house.notify(order.order_id);
    await orderBecomes(house, order.order_id, 'fulfilled');
    const [page] = await readPdf((await ticketsOf(order.order_id, 'application/pdf')).bytes);
    expect(page?.text).toContain('booking-20881');
    expect(page?.text).toContain('Child');
    expect(page?.text).not.toMatch(/Chan|guest@|2345/);
  });

  it('prints names in any script that the face has', async () => {
    await house.sql(`update products set name = '至尊豪華下午茶二人套票 (Crème)' where product_id = 108`);
    await house.sql(`update product_functions set label = '貴賓渡輪' where function_code = 'vip_ferry'`);
    const { orderId, tickets } = await sold(house, 1, 108);
    const [page] = await readPdf((await ticketsOf(orderId, 'application/pdf')).bytes);
    expect(page?.text.replaceAll(/\s/g, '')).toContain('至尊豪華下午茶二人套票(Crème)');
    expect(page?.text).toContain('貴賓渡輪');
    expect(page?.qr).toBe(tickets[0]?.qr_code);
  });

  it('leaves out what is void, and refuses an order with nothing else', async () => {
    const { orderId, tickets } = await sold(house, 2);
    await house.sql(`update tickets set status = 'void' where ticket_code = $1`, [tickets[0]?.ticket_code]);
    const pages = await readPdf((await ticketsOf(orderId, 'application/pdf')).bytes);
    expect(pages.map(({ qr }) => qr)).toEqual([tickets[1]?.qr_code]);
    const { orderId: cancelled } = await sold(house, 1);
    await house.post(`/api/ota/orders/${cancelled}/cancel`, { reason: 'guest fell ill' });
    for (const accept of ['application/pdf', 'application/zip']) {
      const answer = await house.get(`/api/ota/orders/${cancelled}/tickets`, { headers: { Accept: accept } });
      expect([answer.status, answer.body.code]).toEqual([409, 'NO_TICKETS']);
      expect(answer.body.detail).toContain('cancelled');
    }
  });

  it('refuses an order that is not paid', async () => {
    const { order_id: unpaid } = await ordered(house, await reserved(house, 1), 1);
    for (const accept of ['application/pdf', 'application/zip']) {
      const answer = await house.get(`/api/ota/orders/${unpaid}/tickets`, { headers: { Accept: accept } });
      expect([answer.status, answer.body.code]).toEqual([409, 'NO_TICKETS']);
      expect(answer.body.detail).toContain('pending_payment');
    }
  });

  it("answers 404 for another partner's order, 401 and 403 as for the other forms", async () => {
    for (const accept of ['application/pdf', 'application/zip']) {
      const asking = (key: 'ota_2' | 'gate' | null) =>
        house.get(`/api/ota/orders/${small.orderId}/tickets`, { key, headers: { Accept: accept } });
      expect((await asking('ota_2')).body.code).toBe('NOT_FOUND');
      expect((await asking('gate')).body.code).toBe('PERMISSION_MISSING');
      expect((await asking(null)).body.code).toBe('API_KEY_MISSING');
    }
  });
});

describe('GET /api/ota/orders/{order_id}/tickets as application/zip', () => {
  it('has a PDF for each ticket, the same that its code gives', async () => {
    const { bytes, headers } = await ticketsOf(small.orderId, 'application/zip', '?language=zh-Hant');
    expect(headers.get('Content-Type')).toBe('application/zip');
    expect(headers.get('Content-Disposition')).toBe(`attachment; filename="tickets-${small.orderId}.zip"`);
    expect(headers.get('Content-Language')).toBe('zh-Hant');
    const files = unzipSync(bytes);
    const codes = small.tickets.map(({ ticket_code: code }) => code);
    expect(Object.keys(files)).toEqual(codes.map((code, index) => `${index + 1}-${code}.pdf`));
    for (const [index, file] of Object.values(files).entries()) {
      const alone = await pdfOf(codes[index] ?? '', '?language=zh-Hant');
      expect(Buffer.compare(file, alone.bytes)).toBe(0);
    }
  });

  it('has the picture of each QR where it is asked for', async () => {
    const { bytes } = await ticketsOf(large, 'application/zip', '?entries=png');
    const files = Object.entries(unzipSync(bytes));
    expect(files).toHaveLength(UNITS);
    const { body } = await house.get(`/api/ota/orders/${large}/tickets?limit=1000`);
    for (const [index, [name, file]] of files.entries()) {
      const { ticket_code: code, qr_code: qr } = body.items[index] as SoldTicket;
      expect(name).toBe(`${String(index + 1).padStart(3, '0')}-${code}.png`);
      const isSample = index % 83 === 0;
      if (isSample) {
        const { width, height, data } = PNG.sync.read(Buffer.from(file));
        expect(decodeQR({ width, height, data })).toBe(qr);
      }
    }
  });
});

describe('GET /orders/{order_id}/tickets as application/pdf', () => {
  it('has the tickets of all products of the order', async () => {
    const item = (productId: number) => ({
      product_id: productId,
      qty: 1,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
    });
    const { body: order } = await house.post(
      '/orders',
      { items: [item(106), item(107)], out_trade_no: 'print-1', customer_details: customer },
      { key: 'direct' },
    );
    await house.notify(order.order_id);
    await eventually('the shop order', async () => {
      const { body } = await house.get(`/orders/${order.order_id}`, { key: 'direct' });
      return body.status === 'fulfilled';
    });
    const { bytes } = await fileAt(`/orders/${order.order_id}/tickets`, {
      'X-API-Key': house.keys.direct,
      Accept: 'application/pdf',
    });
    const pages = await readPdf(bytes);
    expect(pages.map(({ text }) => /Premium Plan|Pet Plan/.exec(text)?.[0])).toEqual([
      'Premium Plan',
      'Pet Plan',
    ]);
  });
});

describe('a large order that is printed', () => {
  const forms = ['application/pdf', 'application/zip'] as const;
  const printing = async (form: PrintedForm) => {
    const { fork, reads } = countingForks(house);
    const services = { fork, printer: new TicketPrinter() } as unknown as Services;
    const caller = { permissions: ['admin'] } as unknown as Caller;
    const order = await findOrder(services, large, caller);
    const stream = await printOrder(services, order, { form, language: 'en', entries: 'png' });
    const before = reads();
    return { stream, readsSince: () => reads() - before };
  };

  it.each(forms)('is read only as far as the caller takes %s', async (form) => {
    const { stream, readsSince } = await printing(form);
    const chunks = stream[Symbol.asyncIterator]();
    await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readsSince()).toBe(1);
    let rest = await chunks.next();
    while (!rest.done) rest = await chunks.next();
    expect(readsSince()).toBe(2);
  });

  it.each(forms)('is given up when the caller of %s goes away', async (form) => {
    const { stream, readsSince } = await printing(form);
    await once(stream, 'readable');
    stream.destroy();
    await once(stream, 'close');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readsSince()).toBe(1);
  });

  it('lets other calls be answered in between', async () => {
    let isPrinted = false;
    const printed = ticketsOf(large, 'application/pdf').finally(() => {
      isPrinted = true;
    });
    for (let call = 0; call < 5; call += 1) {
      expect((await house.get('/healthz', { key: null })).status).toBe(200);
      expect(isPrinted).toBe(false);
    }
    await printed;
  });

  it('serves on when callers go away in the middle', async () => {
    for (let round = 0; round < 6; round += 1) {
      await fetchAndGoAway(house, large, forms[round % 2] ?? '');
    }
    const { bytes } = await ticketsOf(large, 'application/pdf');
    expect(await countPages(bytes)).toBe(UNITS);
  });
});
