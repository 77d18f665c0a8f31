import { type RawBuilder, sql } from 'kysely';

/** A workflow command as it is stored: start this run, or tell it to look again. */
export type WorkflowCommand = {
  command_id: string;
  workflow_id: string;
  kind: 'start_reservation' | 'wake_reservation' | 'start_late_payment' | 'start_webhook_delivery';
  payload: ReservationPayload | LatePaymentPayload | WebhookDeliveryPayload;
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
export type LatePaymentPayload = { payment_id: string; partner_id: string; channel: string };
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

/** The products of the reservation `r`, read from its lines. */
export const productIdsOfReservation = sql`
  (select jsonb_agg(l.product_id order by l.product_id) from reservation_lines l
    where l.reservation_id = r.reservation_id)`;
