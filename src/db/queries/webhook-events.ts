import { type RawBuilder, sql } from 'kysely';
import type { EventType } from '../../domain/webhooks.ts';

/**
 * The events are told by functions of the migration, whose plans PostgreSQL keeps: these are their calls.
 * `inventory.low` has a trigger and needs none.
 */

/**
 * Tells a partner of an event, for the RETURNING of the change that makes it true: so it is evaluated for
 * each changed row, in the same statement. It writes a delivery for each enabled endpoint that wants the
 * type, and the command that starts its run; without an endpoint it is one look into an index.
 */
export function tell(
  type: EventType,
  partnerId: RawBuilder<unknown>,
  data: Record<string, RawBuilder<unknown>>,
): RawBuilder<unknown> {
  return sql`tell_partner(${partnerId}, ${sql.lit(type)}, ${jsonObject(data)})`;
}

/** Tells of a reservation `r`, as it is after the change. */
export const tellReservation = (type: EventType): RawBuilder<unknown> =>
  sql`tell_reservation(r, ${sql.lit(type)})`;

/** Tells of a row of `orders`, as it is after the change, with what else is to be told of it. */
export const tellOrder = (
  type: EventType,
  more: Record<string, RawBuilder<unknown>> = {},
): RawBuilder<unknown> => sql`tell_order(orders, ${sql.lit(type)}, ${jsonObject(more)})`;

/** Tells that money is to go back, for a new row of `refunds`; `order` names a CTE with the order as it is then. */
export const tellRefund = (order: string): RawBuilder<unknown> => {
  const of = (column: string) => sql`(select ${sql.ref(`${order}.${column}`)} from ${sql.ref(order)})`;
  return tell('order.refund_due', of('partner_id'), {
    order_id: of('order_id'),
    reservation_id: of('reservation_id'),
    status: of('status'),
    quantity: of('units'),
    payment_id: sql`refunds.payment_id`,
    refund_id: sql`refunds.refund_id`,
  });
};

/** Inserts the commands that start or wake the runs of the rows of `deliveries`; due at once, for the relay. */
export const commandDeliveries = (deliveries: string, again: boolean): RawBuilder<unknown> => sql`
  insert into workflow_commands (workflow_id, kind, payload, due_at)
  select 'webhook-delivery:' || delivery_id, 'start_webhook_delivery',
         delivery_payload(delivery_id, endpoint_id, event_type, ${again}::boolean), clock_timestamp()
    from ${sql.ref(deliveries)}`;

const jsonObject = (members: Record<string, RawBuilder<unknown>>): RawBuilder<unknown> =>
  Object.keys(members).length === 0
    ? sql`'{}'`
    : sql`jsonb_build_object(${sql.join(
        Object.entries(members).flatMap(([name, value]) => [sql.lit(name), value]),
      )})`;
