import { sql } from 'kysely';
import { presentTrace } from '../../tracing/spans.ts';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';
import { commandJson, startReservations, type WorkflowCommand } from './commands.ts';
import { moveLockedUnits } from './move-units.ts';
import { tellReservation } from './webhook-events.ts';

/** A hold to take, on one or several products. */
export type Hold = {
  reservationId: string;
  lines: { productId: number; units: number }[];
  reference: string | null;
  /** When the hold shall end; null for `holdSeconds` after it began. */
  expiresAt: string | null;
  holdSeconds: number;
};

/** A hold and who asks for it; in the trace of the call, where calls are traced. */
export type Holding = { by: Accepting; hold: Hold; traceparent: string | null };

export const holding = (by: Accepting, hold: Hold): Holding => ({
  by,
  hold,
  traceparent: presentTrace() ?? null,
});

/** What was promised: enough to build the first answer again, whatever has happened since. */
export type HeldUnits = {
  reservation_id: string;
  expires_at: string;
  lines: { product_id: number; units: number; price_list_id: number }[];
};

/** A pool as a refused hold found it: as locked, where it came to that. */
export type PoolSeen = { productId: number; onSale: boolean; units: number; available: number };

export type HoldOutcome = { held: HeldUnits; command: WorkflowCommand } | RefusedHold;

/**
 * A hold that was refused: a product is inactive, a pool has too little or the key has an answer; or it was `outrun`,
 * for units were there, and are gone or with somebody else who has locked the row.
 */
export type RefusedHold = { outrun: boolean; seen: PoolSeen[] };

/**
 * Takes the units of each hold from the pools of one channel, all of a hold's or none, and writes the reservations,
 * their lines, ledger, audit, kept answers, events and the commands that start their runs: one statement, so
 * that committed means promised. Pools are locked in the order of their ids, and counted from as locked: a
 * statement's own view of a row may be older than the lock it waited for. Answers the holds in their order.
 *
 * Of a refused hold nothing has changed. A hold is served after those before it, also after those that are refused: so
 * one that is outrun beside others may find enough by itself. So may one whose pool was skipped as it was locked.
 * Pools that have too little to begin with are not locked: who comes for nothing keeps nobody waiting. A key that
 * comes twice, or that is taken meanwhile, violates `one_answer_for_a_key`, which undoes the whole.
 *
 * `offset 0` has the planner look up each kept answer by its index, and not join with all that the partner has.
 */
export async function holdUnitsOfEach(
  em: EntityManager,
  holdings: Holding[],
  ofLocked: 'wait' | 'skip locked',
): Promise<HoldOutcome[]> {
  const channel = holdings[0]?.by.channel;
  const of = <T>(column: (holding: Holding, place: number) => T) => holdings.map(column);
  const lines = holdings.flatMap(({ hold }, place) => hold.lines.map((line) => ({ place, ...line })));
  const keys = holdings.flatMap(({ by }, place) => by.answerKeys.map((key) => ({ place, ...key })));
  type Row = { held: HeldUnits | null; command: WorkflowCommand } & RefusedHold;
  const { rows } = await sql<Row>`
    with wanted as materialized (
      select * from unnest(${of((_, place) => place)}::int[], ${of(({ by }) => by.partnerId)}::text[],
                           ${of(({ by }) => by.keyId)}::uuid[], ${of(({ by }) => by.requestId)}::text[],
                           ${of(({ hold }) => hold.reservationId)}::uuid[], ${of(({ hold }) => hold.reference)}::text[],
                           ${of(({ hold }) => hold.expiresAt)}::timestamptz[], ${of(({ hold }) => hold.holdSeconds)}::int[],
                           ${of(({ traceparent }) => traceparent)}::text[])
        as w (place, partner_id, key_id, request_id, reservation_id, reference, expires_at, hold_seconds, traceparent)
    ), answer_keys as materialized (
      select k.*, w.partner_id
        from unnest(${keys.map(({ place }) => place)}::int[], ${keys.map(({ operation }) => operation)}::text[],
                    ${keys.map(({ key }) => key)}::text[], ${keys.map(({ fingerprint }) => fingerprint)}::bytea[])
               as k (place, operation, idempotency_key, fingerprint)
        join wanted w using (place)
    ), repeated as materialized (
      select place from answer_keys k
       where exists (select from idempotent_answers kept
                      where kept.partner_id = k.partner_id and kept.operation = k.operation
                        and kept.idempotency_key = k.idempotency_key offset 0)
    ), shelf as materialized (
      select l.*, p.price_list_id, coalesce(p.active, false) as active,
             coalesce(channel_free(i.channel_allocations, ${channel}), 0) as free
        from unnest(${lines.map(({ place }) => place)}::int[], ${lines.map(({ productId }) => productId)}::int[],
                    ${lines.map(({ units }) => units)}::int[]) as l (place, product_id, units)
        left join products p using (product_id)
        left join product_inventory i using (product_id)
    ), hopeful as materialized (
      select place from shelf where place not in (select place from repeated)
       group by place having bool_and(active and free >= units)
    ), locked as materialized (
      select i.product_id, i.channel_allocations from product_inventory i
       where i.product_id in (select product_id from shelf join hopeful using (place))
       order by i.product_id for update of i ${sql.raw(ofLocked === 'wait' ? '' : ofLocked)}
    ), in_turn as materialized (
      select shelf.*, l.channel_allocations,
             sum(units) over (partition by product_id order by place) <= channel_free(l.channel_allocations, ${channel}) as fits
        from shelf join hopeful using (place) left join locked l using (product_id)
    ), accepted as materialized (
      select w.*, l.product_ids, l.held_lines, clock_timestamp() as started_at
        from wanted w join (
          select place, jsonb_agg(product_id order by product_id) as product_ids,
                 jsonb_agg(jsonb_build_object('product_id', product_id, 'units', units, 'price_list_id', price_list_id)
                           order by product_id) as held_lines
            from in_turn group by place having bool_and(fits)) l using (place)
    ), reservations as (
      insert into channel_reservations as r
             (reservation_id, partner_id, channel, reference, status, started_at, expires_at)
      select reservation_id, partner_id, ${channel}, reference, 'held', started_at,
             least(coalesce(expires_at, started_at + make_interval(secs => hold_seconds)),
                   started_at + interval '24 hours')
        from accepted
      returning *, ${tellReservation('reservation.held')}
    ), r as materialized (
      select reservations.*, a.place, a.key_id, a.request_id, a.traceparent, a.product_ids,
             jsonb_build_object('reservation_id', reservation_id, 'expires_at', reservations.expires_at,
                                'lines', a.held_lines) as held
        from reservations join accepted a using (reservation_id)
    ), lines as (
      insert into reservation_lines (reservation_id, product_id, price_list_id, units)
      select reservation_id, product_id, price_list_id, units from in_turn join accepted using (place)
    ), moves as (
      select product_id, ${channel}::text as channel, reservation_id, null::uuid as order_id, units as by_reserved,
             0 as by_sold, channel_allocations
        from in_turn join accepted using (place)
    ), ${moveLockedUnits('moves', 'held')}, command as (
      ${startReservations}
      returning *
    ), audit as (
      insert into audit_log (actor, key_id, action, subject, request_id, outcome)
      select partner_id, key_id, 'reserve', reservation_id::text, request_id, 'accepted' from r
    ), answers as (
      insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
      select k.partner_id, operation, idempotency_key, fingerprint, held from answer_keys k join r using (place)
       order by k.partner_id, operation, idempotency_key -- Statements with the same keys must not wait in a ring.
    )
    select r.held, ${commandJson('command')} as command, seen,
           place in (select place from hopeful) as outrun
      from (select place, jsonb_agg(jsonb_build_object(
                            'productId', product_id, 'onSale', active, 'units', units,
                            'available', case when locked.product_id is null then free
                                              else channel_free(locked.channel_allocations, ${channel}) end)
                            order by product_id) as seen
              from shelf left join locked using (product_id) group by place) shelf
      left join r using (place)
      left join command on command.workflow_id = 'reservation:' || r.reservation_id
     order by place
  `.execute(em.getKysely());
  return rows.map(({ held, command, ...refused }) => (held ? { held, command } : refused));
}

/** The same of a single hold. */
export async function holdUnits(em: EntityManager, holding: Holding): Promise<HoldOutcome> {
  const [outcome] = await holdUnitsOfEach(em, [holding], 'wait');
  if (!outcome) throw new Error('a statement answered nothing of a hold with lines');
  return outcome;
}
