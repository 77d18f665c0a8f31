import { randomUUID } from 'node:crypto';
import { type Call, notify } from './call.ts';

/** Ids by the name of the parameter or field that they can fill. */
export type Known = Record<string, (string | number)[]>;

const SALES = 12;
const UNITS = 30;
const HOLD_HOURS = 1;
const VISIT_DAYS_AHEAD = 10;
const TICKETS_PATIENCE_MS = 30_000;

/**
 * Sells, so that a fuzzed call finds something in every state: holds with units left, orders that are unpaid,
 * fulfilled, cancelled and with a payment under review, refunds, tickets, a webhook endpoint with a delivery.
 */
export async function sellSome(
  call: Call,
  { url, webhookSecret, direct }: { url: string; webhookSecret: string; direct: boolean },
): Promise<Known> {
  const known: Known = { reservation_id: [], order_id: [], code: [], qr: [] };
  const paid: string[] = [];
  for (let sale = 0; sale < SALES; sale += 1) {
    const order = await (direct ? orderDirectly(call) : orderFromHold(call));
    known.order_id?.push(order.order_id);
    const { reservation_id: id } = await call('GET', `/api/ota/orders/${order.order_id}`);
    known.reservation_id?.push(id);
    if (sale % 3 === 0) continue;
    const differs = sale % 3 === 1;
    const amount = differs ? { amount: 1, currency: 'HKD' } : {};
    await notify(url, webhookSecret, { order_id: order.order_id, ...amount });
    if (!differs) paid.push(order.order_id);
  }
  for (const [index, orderId] of paid.entries()) {
    for (const ticket of await ticketsOf(call, orderId)) {
      known.code?.push(ticket.ticket_code);
      known.qr?.push(ticket.qr_code);
    }
    if (index === 0) await call('POST', `/api/ota/orders/${orderId}/cancel`, { reason: 'rain' });
  }
  const endpoint = await call('POST', '/api/ota/webhooks', { url: 'http://127.0.0.1:9/' });
  const delivery = await call('POST', `/api/ota/webhooks/${endpoint.endpoint_id}/test`);
  return { ...known, endpoint_id: [endpoint.endpoint_id], delivery_id: [delivery.delivery_id] };
}

const customer = { name: 'Chan Tai Man', email: 'guest@example.com' };

function party() {
  const visit = new Date(Date.now() + VISIT_DAYS_AHEAD * 24 * 3_600_000);
  return {
    visit_date: visit.toISOString().slice(0, 10),
    customer_breakdown: [{ customer_type: 'adult', count: 2 }],
  };
}

async function orderFromHold(call: Call): Promise<{ order_id: string }> {
  const reservation = await call('POST', '/api/ota/reserve', {
    product_id: 106,
    quantity: UNITS,
    // So short that it can be extended.
    reservation_expires_at: new Date(Date.now() + HOLD_HOURS * 3_600_000).toISOString(),
  });
  return call('POST', '/api/ota/orders', {
    reservation_id: reservation.reservation_id,
    customer_details: customer,
    pricing_context: party(),
  });
}

const orderDirectly = (call: Call): Promise<{ order_id: string }> =>
  call('POST', '/orders', {
    items: [{ product_id: 106, qty: 2, pricing_context: party() }],
    out_trade_no: randomUUID(),
    customer_details: customer,
  });

/** Waits for the tickets of an order that is paid. */
async function ticketsOf(call: Call, orderId: string): Promise<{ ticket_code: string; qr_code: string }[]> {
  const deadline = Date.now() + TICKETS_PATIENCE_MS;
  while (Date.now() < deadline) {
    const { items } = await call('GET', `/api/ota/orders/${orderId}/tickets`);
    if (items.length > 0) return items;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`order ${orderId} has no tickets after ${TICKETS_PATIENCE_MS / 1000} s`);
}
