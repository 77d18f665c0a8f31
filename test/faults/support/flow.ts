import { setTimeout as sleep } from 'node:timers/promises';
import { breakdown, customer, SATURDAY } from '../../support/sale.ts';
import type { Answer, Caller } from './caller.ts';
import type { Chance } from './chance.ts';

/** What a client was told, and may rely on from then on: the client's side of the accounts. */
export type Sale = {
  reference: string;
  productId: number;
  units: number;
  reservationId?: string;
  released?: boolean;
  orderId?: string;
  cancelled?: boolean;
  paid?: boolean;
  tickets?: string[];
  scans: { scanId: string; ticketCode: string; functionCode: string; remaining: number }[];
  /** Answers that nothing in the flow calls for. */
  surprises: string[];
};

type Ticket = { ticket_code: string; qr_code: string; entitlements: { function_code: string }[] };

const PRODUCTS = [106, 107, 108];
const LONGEST_THOUGHT_MS = 600;
/** While processes go on dying, nobody says when the tickets come. */
const LOOKS_FOR_TICKETS = 600;
const FIRST_LOOK_AFTER_MS = 100;
const LOOK_EVERY_MS = 1_000;

/**
 * One customer, from the hold to the gate. Most pay, by `activate`, by the provider's notification or by
 * both; some give the hold back, or cancel before or after they have paid.
 */
export async function runFlow(caller: Caller, reference: string, chance: Chance): Promise<Sale> {
  const sale: Sale = {
    reference,
    productId: chance.pick(PRODUCTS),
    units: chance.between(1, 3),
    scans: [],
    surprises: [],
  };
  const expect = (answer: Answer, ...statuses: number[]) => {
    const expected = statuses.includes(answer.status);
    if (!expected) sale.surprises.push(`${reference}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return expected;
  };
  const think = () => sleep(chance.between(0, LONGEST_THOUGHT_MS));

  const { productId: product_id, units: quantity } = sale;
  const held = await caller.post('/api/ota/reserve', { product_id, quantity, reference });
  if (!expect(held, 201)) return sale;
  const reservationId = held.body.reservation_id as string;
  sale.reservationId = reservationId;
  await think();
  if (chance.happens(0.08)) {
    sale.released = expect(await caller.delete(`/api/ota/reservations/${reservationId}`), 200);
    return sale;
  }

  const placed = await caller.post('/api/ota/orders', {
    reservation_id: reservationId,
    customer_details: customer,
    pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(quantity) },
    reference,
  });
  if (!expect(placed, 201)) return sale;
  const orderId = placed.body.order_id as string;
  sale.orderId = orderId;
  await think();
  const cancel = async () => {
    const answer = await caller.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'changed plans' });
    sale.cancelled = expect(answer, 200);
  };
  if (chance.happens(0.08)) {
    await cancel();
    return sale;
  }

  await pay(sale, orderId, caller, chance, expect);
  if (!sale.paid) return sale;
  const tickets = await untilIssued(orderId, caller);
  if (!tickets) {
    sale.surprises.push(`${reference}: no tickets`);
    return sale;
  }
  sale.tickets = tickets.map(({ ticket_code }) => ticket_code);
  await think();
  if (chance.happens(0.08)) {
    await cancel();
    return sale;
  }
  for (const ticket of tickets.filter(() => chance.happens(0.7))) await scan(sale, ticket, caller, expect);
  return sale;
}

async function pay(
  sale: Sale,
  orderId: string,
  caller: Caller,
  chance: Chance,
  expect: (answer: Answer, ...statuses: number[]) => boolean,
): Promise<void> {
  const reference = `pay-${sale.reference}`;
  const activate = async () =>
    expect(
      await caller.post('/api/ota/activate', { order_id: orderId, payment_reference: reference }),
      200,
      202,
    );
  const notify = async () => expect(await caller.notify(orderId, reference), 200);
  const ways = chance.pick([[activate], [notify], [activate, notify]]);
  sale.paid = (await Promise.all(ways.map((way) => way()))).every(Boolean);
}

async function untilIssued(orderId: string, caller: Caller): Promise<Ticket[] | undefined> {
  for (let look = 0; look < LOOKS_FOR_TICKETS; look += 1) {
    await sleep(Math.min(FIRST_LOOK_AFTER_MS * (look + 1), LOOK_EVERY_MS));
    const order = await caller.get(`/api/ota/orders/${orderId}`);
    if (order.body.status === 'fulfilled') {
      return (await caller.get(`/api/ota/orders/${orderId}/tickets`)).body.items as Ticket[];
    }
  }
  return undefined;
}

/** The gate repeats its scan, too, when it has the answer: its guest stands there still. */
async function scan(
  sale: Sale,
  ticket: Ticket,
  caller: Caller,
  expect: (answer: Answer, ...statuses: number[]) => boolean,
): Promise<void> {
  const functionCode = ticket.entitlements[0]?.function_code ?? '';
  const scanId = `${sale.reference}-${ticket.ticket_code}`;
  const body = { qr: ticket.qr_code, function_code: functionCode, scan_id: scanId };
  const first = await caller.post('/venue/scan', body, 'gate');
  if (!expect(first, 200)) return;
  const again = await caller.post('/venue/scan', body, 'gate');
  expect(again, 200);
  const sameAnswer = JSON.stringify(first.body) === JSON.stringify(again.body);
  if (!sameAnswer) sale.surprises.push(`${sale.reference}: scan ${scanId} was answered in two ways`);
  sale.scans.push({ scanId, ticketCode: ticket.ticket_code, functionCode, remaining: first.body.remaining });
}
