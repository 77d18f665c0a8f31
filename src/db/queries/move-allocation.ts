import { sql } from 'kysely';
import type { ChannelAllocations } from '../../domain/allotment.ts';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';

export type AllocationMove = { productId: number; from: string; to: string; units: number };

/** The pools after a move, or, where it was refused, as they are. */
export type MovedAllocation = { moved: boolean; allocations: ChannelAllocations };

/**
 * Moves units that are free from one channel's pool to another's, in one statement. It counts from the row
 * as locked: a statement's own view may be older than the lock it waited for. Undefined where the product
 * has no inventory.
 */
export async function moveAllocation(
  em: EntityManager,
  by: Accepting,
  { productId, from, to, units }: AllocationMove,
): Promise<MovedAllocation | undefined> {
  const { rows } = await sql<MovedAllocation>`
    with locked as materialized (
      select product_id, channel_allocations from product_inventory
       where product_id = ${productId}::int for update
    ), accepted as (
      select product_id,
             reallocated(reallocated(channel_allocations, ${from}, -${units}::int), ${to}, ${units}::int) as after
        from locked where channel_free(channel_allocations, ${from}) >= ${units}::int
    ), pools as (
      update product_inventory i set channel_allocations = accepted.after
        from accepted where i.product_id = accepted.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, delta_allocated, reason)
      select product_id, channel, delta, 'moved'
        from accepted, (values (${from}, -${units}::int), (${to}, ${units}::int)) as change (channel, delta)
    ), ${auditAndAnswer(
      by,
      'move_allocation',
      'accepted',
      sql`format('%s: %s from %s to %s', product_id, ${units}::int, ${from}::text, ${to}::text)`,
      sql`after`,
    )}
    select accepted.after is not null as moved, coalesce(accepted.after, locked.channel_allocations) as allocations
      from locked left join accepted using (product_id)
  `.execute(em.getKysely());
  return rows[0];
}
