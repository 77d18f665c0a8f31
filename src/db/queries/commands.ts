import { type RawBuilder, sql } from 'kysely';
import { presentTrace } from '../../tracing/spans.ts';

/** A workflow command as it is stored: start this run, or tell it to look again. */
export type WorkflowCommand = {
  command_id: string;
  workflow_id: string;
  kind: 'start_reservation' | 'wake_reservation' | 'start_late_payment' | 'start_webhook_delivery';
  payload: (ReservationPayload | LatePaymentPayload | WebhookDeliveryPayload) & {
    /** The trace of the call that wrote it, for whoever delivers it; where calls are traced. */
    traceparent?: string;
  };
};

/** What a run is started with, and what operators can search it by. */
export type ReservationPayload = {
  reservation_id: string;
  partner_id: string;
  channel: string;
  product_ids: number[];
  expires_at: string;
  /** The order whose payment wakes the run: kept in its history, for when the database has lost it. */
  order_id?: string;
};
export type LatePaymentPayload = {
  payment_id: string;
  /** Kept with the run, for the same reason. */
  order_id?: string;
  partner_id: string;
  channel: string;
};
export type WebhookDeliveryPayload = {
  delivery_id: string;
  endpoint_id: string;
  event_type: string;
  partner_id: string;
  channel: string;
  /** A replay: a run that waits for its next attempt is told to try now. */
  again: boolean;
};

/** A JSON object of the command's columns, to hand to whoever delivers it after the commit. */
export const commandJson = (table: string): RawBuilder<unknown> =>
  sql`jsonb_build_object('command_id', ${sql.ref(`${table}.command_id`)}::text,
        'workflow_id', ${sql.ref(`${table}.workflow_id`)}, 'kind', ${sql.ref(`${table}.kind`)},
        'payload', ${sql.ref(`${table}.payload`)})`;

/** The payload of a reservation's command, from a row `r` of channel_reservations. */
export const reservationPayload = (productIds: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`jsonb_build_object('reservation_id', r.reservation_id, 'partner_id', r.partner_id,
        'channel', r.channel, 'product_ids', ${productIds}, 'expires_at', r.expires_at)`;

/** The payload of late money's command, from its row `p` of payments and its order `o`. */
export const latePaymentPayload = sql`
  jsonb_build_object('payment_id', p.payment_id, 'order_id', p.order_id, 'partner_id', o.partner_id,
                     'channel', o.channel_id)`;

/** The products of the reservation `r`, read from its lines. */
export const productIdsOfReservation = sql`
  (select jsonb_agg(l.product_id order by l.product_id) from reservation_lines l
    where l.reservation_id = r.reservation_id)`;

/**
 * Inserts the commands that start the runs of the reservations `r`, which say their `product_ids`, and by
 * `traceparent` the trace of the call that asked for each.
 */
export const startReservations: RawBuilder<unknown> = sql`
      insert into workflow_commands (workflow_id, kind, payload)
      select 'reservation:' || r.reservation_id, 'start_reservation',
             ${reservationPayload(sql`r.product_ids`)}
             || jsonb_strip_nulls(jsonb_build_object('traceparent', r.traceparent)) from r`;

/** Inserts the command that tells the run of the reservation `r` to look again. */
export const wakeReservation = (): RawBuilder<unknown> => sql`
      insert into workflow_commands (workflow_id, kind, payload)
      select 'reservation:' || r.reservation_id, 'wake_reservation',
             ${traced(reservationPayload(productIdsOfReservation))} from r`;

/** A command's payload with the present trace in it: no round trip, and no parameter where nothing is traced. */
function traced(payload: RawBuilder<unknown>): RawBuilder<unknown> {
  const traceparent = presentTrace();
  return traceparent === undefined
    ? payload
    : sql`${payload} || jsonb_build_object('traceparent', ${traceparent}::text)`;
}

/**
 * Inserts the command that follows from a `payment` for an order of the reservation `r`: in time it wakes the
 * reservation's run, late it has one of its own.
 */
export const commandPayment = (inTime: boolean): RawBuilder<unknown> =>
  inTime
    ? sql`
      insert into workflow_commands (workflow_id, kind, payload)
      select 'reservation:' || r.reservation_id, 'wake_reservation',
             ${traced(sql`${reservationPayload(productIdsOfReservation)}
                          || jsonb_build_object('order_id', payment.order_id)`)}
        from r, payment`
    : sql`
      insert into workflow_commands (workflow_id, kind, payload)
      select 'late-payment:' || payment_id, 'start_late_payment',
             ${traced(sql`jsonb_build_object('payment_id', payment_id, 'order_id', payment.order_id,
                                             'partner_id', r.partner_id, 'channel', r.channel)`)}
        from r, payment`;
