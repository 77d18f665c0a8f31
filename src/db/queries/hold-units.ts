import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer, isFirst } from './accepting.ts';
import { commandJson, startReservation, type WorkflowCommand } from './commands.ts';
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

/** What was promised: enough to build the first answer again, whatever has happened since. */
export type HeldUnits = {
  reservation_id: string;
  expires_at: string;
  lines: { product_id: number; units: number; price_list_id: number }[];
};

/** A pool as a refused hold found it: as locked, where it came to that. */
export type PoolSeen = { productId: number; onSale: boolean; units: number; available: number };

/**
 * Takes the units of a hold from the caller's pool, all or none, and writes the reservation, its lines,
 * ledger, audit, kept answer, events and the command that starts its run: one autocommitted statement, so
 * that committed means promised. Rows of several products are locked in the order of their ids, and counted from
 * as locked: a statement's own view of a row may be older than the lock it waited for.
 * Where a product is inactive, a pool has too little left or the key has an answer, nothing has changed, and what
 * was seen is returned.
 * Pools that have too little to begin with are not locked: who comes for nothing keeps nobody waiting.
 */
export async function holdUnits(
  em: EntityManager,
  by: Accepting,
  hold: Hold,
): Promise<{ held: HeldUnits; command: WorkflowCommand } | { refused: PoolSeen[] }> {
  const productIds = hold.lines.map((line) => line.productId);
  const { rows } = await sql<{ held: HeldUnits | null; command: WorkflowCommand; refused: PoolSeen[] }>`
    with wanted as (
      select * from unnest(${productIds}::int[], ${hold.lines.map((line) => line.units)}::int[])
        as w (product_id, units)
    ), shelf as materialized (
      select w.product_id, w.units, p.price_list_id, coalesce(p.active, false) as active,
             coalesce(channel_free(i.channel_allocations, ${by.channel}), 0) as free
        from wanted w
        left join products p using (product_id)
        left join product_inventory i using (product_id)
    ), locked as materialized (
      select i.product_id, i.channel_allocations, shelf.units, shelf.price_list_id,
             channel_free(i.channel_allocations, ${by.channel}) >= shelf.units as fits
        from product_inventory i
        join shelf using (product_id)
       where (select bool_and(active and free >= units) from shelf) and ${isFirst(by)}
       order by i.product_id
         for update of i
    ), accepted as (
      select clock_timestamp() as started_at from locked
      having count(*) = ${hold.lines.length} and bool_and(fits)
    ), r as (
      insert into channel_reservations as r
             (reservation_id, partner_id, channel, reference, status, started_at, expires_at)
      select ${hold.reservationId}::uuid, ${by.partnerId}, ${by.channel}, ${hold.reference}::text, 'held', started_at,
             least(coalesce(${hold.expiresAt}::timestamptz, started_at + make_interval(secs => ${hold.holdSeconds})),
                   started_at + interval '24 hours')
        from accepted
      returning *, ${tellReservation('reservation.held')}
    ), lines as (
      insert into reservation_lines (reservation_id, product_id, price_list_id, units)
      select r.reservation_id, product_id, price_list_id, units from r, locked
    ), moves as (
      select product_id, r.channel, r.reservation_id, null::uuid as order_id, units as by_reserved, 0 as by_sold,
             channel_allocations
        from r, locked
    ), ${moveLockedUnits('moves', 'held')}, result as (
      select jsonb_build_object('reservation_id', r.reservation_id, 'expires_at', r.expires_at,
               'lines', (select jsonb_agg(jsonb_build_object('product_id', product_id, 'units', units,
                                                             'price_list_id', price_list_id)
                                          order by product_id) from locked)) as held
        from r
    ), command as (
      ${startReservation(productIds)}
      returning *
    ), ${auditAndAnswer(by, 'reserve', 'result', sql`held ->> 'reservation_id'`, sql`held`)}
    select (select held from result) as held, (select ${commandJson('command')} from command) as command,
           (select jsonb_agg(jsonb_build_object(
                     'productId', shelf.product_id, 'onSale', shelf.active, 'units', shelf.units,
                     'available', case when locked.product_id is null then shelf.free
                                       else channel_free(locked.channel_allocations, ${by.channel}) end)
                     order by shelf.product_id)
              from shelf left join locked using (product_id)
             where not exists (select 1 from result)) as refused
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a statement without a from clause answered without a row');
  return row.held ? { held: row.held, command: row.command } : { refused: row.refused };
}
