import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { readTickets } from './load-order.ts';
import { presentTicket } from './present/tickets.ts';
import type { Services } from './services.ts';

/** Tickets read at a time: what is in memory does not grow with the order. */
const BATCH = 500;

type Shown = ReturnType<typeof presentTicket>;

/** All tickets of an order, read as fast as the caller takes them. */
export function streamTickets(
  services: Services,
  orderId: string,
  form: 'text/csv' | 'application/x-ndjson',
): Readable {
  const tickets = readInBatches(services, orderId);
  return form === 'text/csv' ? toCsv(tickets) : Readable.from(toLines(tickets), { objectMode: false });
}

async function* readInBatches(services: Services, orderId: string): AsyncGenerator<Shown> {
  for (let after = 0; ; ) {
    const batch = await readTickets(services, orderId, after, BATCH);
    for (const ticket of batch) yield presentTicket(ticket, services.config.publicUrl);
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    after = last.unitNumber;
  }
}

async function* toLines(tickets: AsyncIterable<Shown>): AsyncGenerator<string> {
  for await (const ticket of tickets) yield `${JSON.stringify(ticket)}\n`;
}

/** One row a ticket; its entitlements in one column, like `ferry:0/1;monchhichi_gift:1/1`. */
function toCsv(tickets: AsyncIterable<Shown>): Readable {
  const columns = [
    'ticket_code',
    'product_id',
    'customer_type',
    'status',
    'visit_date',
    'entitlements',
    'qr_code',
    'qr_code_url',
  ];
  const rows = Readable.from(tickets).map((ticket: Shown) => ({
    ...ticket,
    entitlements: ticket.entitlements
      .map(({ function_code, remaining, total }) => `${function_code}:${remaining}/${total}`)
      .join(';'),
  }));
  const csv = stringify({ header: true, columns });
  rows.on('error', (error) => csv.destroy(error));
  csv.on('close', () => rows.destroy());
  return rows.pipe(csv);
}
