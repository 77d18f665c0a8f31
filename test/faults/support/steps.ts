import { breakdown, customer, SATURDAY } from '../../support/sale.ts';
import type { Caller } from './caller.ts';
import type { Machine } from './machine.ts';

/** The steps of a sale, for tests that bring about one fault: each fails on any answer but the one it needs. */
export type Steps = ReturnType<typeof stepsOf>;

const HOLD_ENDS_LATER_MS = 60 * 60 * 1000;

export function stepsOf(caller: Caller) {
  const steps = {
    /** A hold of so many units of product 106, for an hour where nothing is said. */
    async held(units: number, forMs: number = HOLD_ENDS_LATER_MS): Promise<string> {
      const reservation_expires_at = new Date(Date.now() + forMs).toISOString();
      const body = { product_id: 106, quantity: units, reservation_expires_at };
      return (await accepted(caller.post('/api/ota/reserve', body), 201)).reservation_id;
    },
    async ordered(reservationId: string, units: number): Promise<string> {
      const body = {
        reservation_id: reservationId,
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(units) },
      };
      return (await accepted(caller.post('/api/ota/orders', body), 201)).order_id;
    },
    /** A hold and an order of all its units. */
    async heldAndOrdered(units: number) {
      const reservationId = await steps.held(units);
      return { reservationId, orderId: await steps.ordered(reservationId, units) };
    },
    /** Answers with what `activate` answers: tickets, or word that they follow. */
    activate: (orderId: string) =>
      accepted(
        caller.post('/api/ota/activate', { order_id: orderId, payment_reference: `pay-${orderId}` }),
        200,
        202,
      ),
    notify: (orderId: string) => accepted(caller.notify(orderId, `pay-${orderId}`), 200),
    cancel: (orderId: string) =>
      accepted(caller.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'changed plans' }), 200),
    release: (reservationId: string) =>
      accepted(caller.delete(`/api/ota/reservations/${reservationId}`), 200),
    extend: (reservationId: string, until: Date) =>
      accepted(
        caller.post(`/api/ota/reservations/${reservationId}/extend`, {
          reservation_expires_at: until.toISOString(),
        }),
        200,
      ),
    /** Has a test event sent to a partner's endpoint. */
    sendTest: (endpointId: string) => accepted(caller.post(`/api/ota/webhooks/${endpointId}/test`), 202),
  };
  return steps;
}

async function accepted(answering: ReturnType<Caller['get']>, ...statuses: number[]) {
  const { status, body } = await answering;
  if (!statuses.includes(status))
    throw new Error(`expected ${statuses.join(' or ')}, got ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** What became of an order: its state, the tickets that admit, the payments and refunds on record. */
export async function outcomeOf(machine: Machine, orderId: string) {
  const [found] = await machine.sql<{ status: string; tickets: number; payments: number; refunds: number }>(
    `select status,
            (select count(*)::int from tickets t where t.order_id = o.order_id and t.status <> 'void') as tickets,
            (select count(*)::int from payments p where p.order_id = o.order_id) as payments,
            (select count(*)::int from refunds f where f.order_id = o.order_id) as refunds
       from orders o where order_id = $1`,
    [orderId],
  );
  return found;
}

export async function statusOf(machine: Machine, reservationId: string): Promise<string | undefined> {
  const [found] = await machine.sql<{ status: string }>(
    'select status from channel_reservations where reservation_id = $1',
    [reservationId],
  );
  return found?.status;
}
