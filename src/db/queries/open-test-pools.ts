import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/**
 * Opens a test channel's pool of `units` of every product that has none, in one statement: rows of the pools
 * are locked in the order of their ids. Call it inside the transaction that adds the partner.
 */
export async function openTestPools(em: EntityManager, channel: string, units: number): Promise<void> {
  await sql`
    with locked as materialized (
      select product_id, channel_allocations from product_inventory order by product_id for update
    ), pools as (
      update product_inventory i
         set channel_allocations = reallocated(locked.channel_allocations, ${channel}, ${units}::int)
        from locked where i.product_id = locked.product_id and not locked.channel_allocations ? ${channel}
      returning i.product_id
    )
    insert into inventory_ledger (product_id, channel, delta_allocated, reason)
    select product_id, ${channel}, ${units}::int, 'allocated' from pools
  `.execute(em.getKysely());
}
