import type { Answer, House } from './house.ts';

/** A Saturday with published prices, far enough ahead to be bookable for years. */
export const SATURDAY = '2030-06-15';
export const WEDNESDAY = '2030-06-12';

export const customer = { name: 'Chan Tai Man', email: 'guest@example.com' };

export const breakdown = (adults: number, children = 0) => [
  ...(adults > 0 ? [{ customer_type: 'adult', count: adults }] : []),
  ...(children > 0 ? [{ customer_type: 'child', count: children }] : []),
];

/** Reserves and returns the reservation's id; fails on anything but 201. */
export async function reserved(house: House, quantity: number, productId = 106): Promise<string> {
  const answer = await house.post('/api/ota/reserve', { product_id: productId, quantity });
  return expectCreated(answer).reservation_id as string;
}

/** Orders for adults from a reservation and returns the answer's body; fails on anything but 201. */
export async function ordered(house: House, reservationId: string, adults: number) {
  const answer = await house.post('/api/ota/orders', {
    reservation_id: reservationId,
    customer_details: customer,
    pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(adults) },
  });
  return expectCreated(answer) as { order_id: string; payment_required: { amount: number } };
}

function expectCreated(answer: Answer) {
  if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** A ticket as the contract shows it, as far as tests look. */
export type SoldTicket = {
  ticket_code: string;
  product_id: number;
  qr_code: string;
  qr_code_url: string;
  entitlements: { function_code: string; label: string; total: number; remaining: number }[];
};

/** Pays by `activate` and returns the tickets; needs a worker, and asks again after a 202. */
export async function activated(house: House, orderId: string, reference = 'pay-1'): Promise<SoldTicket[]> {
  const body = { order_id: orderId, payment_reference: reference };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await house.post('/api/ota/activate', body);
    if (answer.status === 200 && answer.body.activation_status === 'success') return answer.body.tickets;
    if (answer.status !== 202 || attempt === 10) {
      throw new Error(`expected tickets, got ${answer.status}: ${answer.text}`);
    }
  }
}

/** Takes one of the tickets that a test has not used yet. */
export function takeUnused(unused: SoldTicket[]): SoldTicket {
  const ticket = unused.pop();
  if (!ticket) throw new Error('no unused ticket is left');
  return ticket;
}

/** A whole sale of a product to adults: reserved, ordered, paid, issued. */
export async function sold(house: House, adults: number, productId = 106) {
  const reservationId = await reserved(house, adults, productId);
  const { order_id: orderId } = await ordered(house, reservationId, adults);
  return { reservationId, orderId, tickets: await activated(house, orderId) };
}

/** The paths of a problem document's bad fields, sorted, each once. */
export function badFields(answer: Answer): string[] {
  const paths: string[] = (answer.body.errors ?? []).map(({ path }: { path: string }) => path);
  return [...new Set(paths)].toSorted();
}
