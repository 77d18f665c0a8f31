import type { OrderWatch } from '../../src/db/order-watch.ts';
import { breakdown, customer, SATURDAY } from '../../test/support/sale.ts';
import type { HttpClient } from '../support/http-client.ts';
import type { Agency } from '../support/set-up.ts';

/** A hold that is ordered whole, and not paid yet. */
export type Ordered = { reservationId: string; orderId: string };

/** Holds units of a product and orders all of them, for adults; with add-ons where entitlements shall last long. */
export async function orderUnits(
  http: HttpClient,
  agency: Agency,
  units: number,
  { productId = 106, addons = [] as { addon_id: string; quantity: number }[] } = {},
): Promise<Ordered> {
  const held = await http.ask(
    agency.post('/api/ota/reserve', { product_id: productId, quantity: units }),
    201,
  );
  const { reservation_id } = JSON.parse(held) as { reservation_id: string };
  const order = {
    reservation_id,
    customer_details: customer,
    pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(units), addons },
  };
  const placed = await http.ask(agency.post('/api/ota/orders', order), 201);
  const { order_id } = JSON.parse(placed) as { order_id: string };
  return { reservationId: reservation_id, orderId: order_id };
}

const PATIENCE_MS = 30_000;

type SoldTicket = { ticket_code: string; qr_code: string };

/** Pays by the provider's webhook. The sale is over when its run has issued the tickets, of which PostgreSQL tells. */
export async function payAndAwait(
  http: HttpClient,
  agency: Agency,
  orderId: string,
  watch: OrderWatch,
): Promise<void> {
  const startedAt = performance.now();
  const { settled, forget } = watch.expect(orderId, PATIENCE_MS);
  try {
    await http.ask(agency.notification(orderId, `pay-${orderId}`), 200);
    await settled;
  } finally {
    forget();
  }
  if (performance.now() - startedAt >= PATIENCE_MS)
    throw new Error(`order ${orderId} had no tickets in 30 s`);
}

/**
 * Pays an order and returns its tickets. An answer that they are not ready yet is as good as any: callers ask
 * again, which is then part of their time.
 */
export async function activate(http: HttpClient, agency: Agency, orderId: string): Promise<SoldTicket[]> {
  const payment = { order_id: orderId, payment_reference: `pay-${orderId}` };
  const patienceEnd = performance.now() + PATIENCE_MS;
  for (;;) {
    const told = await http.ask(agency.post('/api/ota/activate', payment), 200, 202);
    const { activation_status, tickets } = JSON.parse(told) as {
      activation_status: string;
      tickets: SoldTicket[];
    };
    if (activation_status === 'success') return tickets;
    if (activation_status !== 'processing') throw new Error(`an activation ended with ${activation_status}`);
    if (performance.now() > patienceEnd) throw new Error(`order ${orderId} had no tickets in 30 s`);
  }
}
