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
