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

type SoldTicket = { ticket_code: string; qr_code: string };

/** Pays an order and returns its tickets; anything but tickets at once is an error. */
export async function activate(http: HttpClient, agency: Agency, orderId: string): Promise<SoldTicket[]> {
  const payment = { order_id: orderId, payment_reference: `pay-${orderId}` };
  const told = await http.ask(agency.post('/api/ota/activate', payment), 200);
  const { activation_status, tickets } = JSON.parse(told) as {
    activation_status: string;
    tickets: SoldTicket[];
  };
  if (activation_status !== 'success') throw new Error(`an activation ended with ${activation_status}`);
  return tickets;
}
