import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { Product } from '../db/entities/catalogue.ts';
import { Order } from '../db/entities/sale.ts';
import { Ticket } from '../db/entities/ticket.ts';
import { Refusal } from '../domain/errors.ts';
import type { Language } from '../domain/languages.ts';
import type { ZipEntries } from '../tickets/ticket-printer.ts';
import { type FoundOrder, readTickets } from './load-order.ts';
import { presentPrinted } from './present/printed-tickets.ts';
import type { Services } from './services.ts';

/** Tickets read at a time: what is in memory does not grow with the order. */
const BATCH = 200;

export type PrintedForm = 'application/pdf' | 'application/zip';

/** What the caller names, or else what its Accept-Language prefers. Whoever reads any Chinese gets what there is. */
export const languageOf = (ctx: Context, asked: Language | undefined): Language =>
  asked ?? (ctx.acceptsLanguages('en', 'zh') === 'zh' ? 'zh-Hant' : 'en');

/** An order's tickets that are not void, printed as fast as the caller takes them. */
export async function printOrder(
  services: Services,
  order: FoundOrder,
  { form, language, entries }: { form: PrintedForm; language: Language; entries: ZipEntries },
): Promise<Readable> {
  const { orderId } = order;
  const goodOnes = await services.fork().count(Ticket, { orderId, status: { $ne: 'void' } });
  if (goodOnes === 0) {
    throw new Refusal('NO_TICKETS', `Order ${orderId} is ${order.status}: there is no ticket to print.`);
  }
  const productIds = order.lines.map(({ productId }) => productId);
  const tickets = readPrinted(services, order, await readNames(services, productIds));
  const { printer } = services;
  const printing = { language, issuedAt: issuedAt(order) };
  return form === 'application/pdf'
    ? Readable.from(printer.orderPdf(tickets, orderId, printing), { objectMode: false })
    : Readable.from(printer.orderZip(tickets, entries, printing), { objectMode: false });
}

/** One ticket as PDF, for whoever has its code. */
export async function printTicket(services: Services, ticket: Ticket, language: Language): Promise<Buffer> {
  if (ticket.status === 'void') throw new Refusal('TICKET_VOID', `Ticket ${ticket.ticketCode} is void.`);
  const order = await services.fork().findOneOrFail(Order, { orderId: ticket.orderId });
  const names = await readNames(services, [ticket.productId]);
  const printed = presentPrinted(ticket, order, names);
  return services.printer.ticketPdf(printed, { language, issuedAt: issuedAt(order) });
}

const issuedAt = ({ fulfilledAt, createdAt }: Order): Date => fulfilledAt ?? createdAt;

async function* readPrinted(services: Services, order: Order, names: Map<number, string>) {
  for (let after = 0; ; ) {
    const batch = await readTickets(services, order.orderId, after, BATCH);
    for (const ticket of batch) {
      if (ticket.status !== 'void') yield presentPrinted(ticket, order, names);
    }
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    after = last.unitNumber;
  }
}

async function readNames({ fork }: Services, productIds: number[]): Promise<Map<number, string>> {
  const products = await fork().find(Product, { productId: productIds });
  return new Map(products.map(({ productId, name }) => [productId, name]));
}
