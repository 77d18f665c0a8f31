import { type RawBuilder, sql } from 'kysely';

/** The units of an order, product by product. */
export const unitsOfOrder = (orderId: string): RawBuilder<unknown> => sql`
      select product_id, sum(units)::int as units from order_lines where order_id = ${orderId}::uuid group by product_id`;

/** What a unit of an order adds to the counters of its pool. */
type Change = { reserved: -1 | 0 | 1; sold: -1 | 0 | 1 };

/**
 * The moves of an order's units, one for each product, as `moveUnits` takes them. `order` names a CTE with the
 * order's row, or with none where nothing is to move.
 */
export const movesOfOrder = (order: string, orderId: string, change: Change): RawBuilder<unknown> => sql`
      select wanted.product_id, o.channel_id as channel, o.reservation_id, o.order_id, wanted.units,
             wanted.units * ${sql.lit(change.reserved)} as by_reserved, wanted.units * ${sql.lit(change.sold)} as by_sold
        from ${sql.ref(order)} o, (${unitsOfOrder(orderId)}) wanted`;

/**
 * The CTEs that move units within the pools of `moves`, a CTE with a row for each product: product_id, channel,
 * reservation_id, order_id, by_reserved and by_sold. Rows of several products are locked in the order of their
 * ids, and last: whatever else the statement changes belongs to a reservation that is locked already.
 */
export const moveUnits = (moves: string, reason: string): RawBuilder<unknown> => sql`
    locked as materialized (
      select m.*, i.channel_allocations from product_inventory i join ${sql.ref(moves)} m using (product_id)
       order by i.product_id for update of i
    ), ${moveLockedUnits('locked', reason)}`;

/**
 * The same where the statement has locked the rows itself, because it depends on them whether anything moves:
 * `moves` has the channel_allocations of the rows as locked. The counters are computed from those, for a
 * statement's own view may be older than the lock it waited for. Several moves of a pool are one change of it; all
 * moves of a product are of one channel.
 */
export const moveLockedUnits = (moves: string, reason: string): RawBuilder<unknown> => sql`
    pools as (
      update product_inventory i
         set channel_allocations = moved(m.channel_allocations, m.channel, m.by_reserved, m.by_sold)
        from (select product_id, channel, (array_agg(channel_allocations))[1] as channel_allocations,
                     sum(by_reserved)::int as by_reserved, sum(by_sold)::int as by_sold
                from ${sql.ref(moves)} group by product_id, channel) m
       where i.product_id = m.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason)
      select product_id, channel, reservation_id, order_id, by_reserved, by_sold, ${reason} from ${sql.ref(moves)}
    )`;
