import { sql } from 'kysely';
import type { ChannelAllocations } from '../../domain/allotment.ts';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';

export type AllocationTargets = {
  productId: number;
  /** Null leaves the cap as it is. */
  sellableCap: number | null;
  /** Units by channel; the others stay as they are. */
  allocations: Record<string, number>;
};

export type Inventory = { sellable_cap: number; allocations: ChannelAllocations };

/** The inventory after a change, or, where it was refused, as it is. */
type ChangedInventory = Inventory & { changed: boolean };

/**
 * Sets a product's cap, the allocation of some channels, or both at once, where what is left is sound: no
 * pool below what is reserved and sold, all together within the cap. Counts from the row as locked.
 * Undefined where the product has no inventory.
 */
export async function setAllocations(
  em: EntityManager,
  by: Accepting,
  { productId, sellableCap, allocations }: AllocationTargets,
): Promise<ChangedInventory | undefined> {
  const wanted = Object.entries(allocations);
  const summary = [
    ...(sellableCap === null ? [] : [`cap ${sellableCap}`]),
    ...wanted.map(([channel, allocated]) => `${channel} ${allocated}`),
  ].join(', ');
  const { rows } = await sql<ChangedInventory>`
    with locked as materialized (
      select product_id, sellable_cap, channel_allocations from product_inventory
       where product_id = ${productId}::int for update
    ), changes as (
      select channel, allocated - coalesce((channel_allocations -> channel ->> 'allocated')::int, 0) as delta
        from locked, unnest(${wanted.map(([channel]) => channel)}::text[],
                            ${wanted.map(([, allocated]) => allocated)}::int[]) as wanted (channel, allocated)
    ), after as (
      select product_id, coalesce(${sellableCap}::int, sellable_cap) as sellable_cap,
             channel_allocations || coalesce((
               select jsonb_object_agg(channel, reallocated(channel_allocations, channel, delta) -> channel)
                 from changes where delta <> 0), '{}') as allocations
        from locked
    ), accepted as (
      select * from after where allotment_is_sound(allocations, sellable_cap)
    ), pools as (
      update product_inventory i
         set sellable_cap = accepted.sellable_cap, channel_allocations = accepted.allocations
        from accepted where i.product_id = accepted.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, delta_allocated, reason)
      select product_id, channel, delta, 'allocated' from accepted, changes where delta <> 0
    ), ${auditAndAnswer(
      by,
      'set_allocations',
      'accepted',
      sql`${`${productId}: ${summary}`}::text`,
      sql`jsonb_build_object('sellable_cap', sellable_cap, 'allocations', allocations)`,
    )}
    select accepted.product_id is not null as changed,
           coalesce(accepted.sellable_cap, locked.sellable_cap) as sellable_cap,
           coalesce(accepted.allocations, locked.channel_allocations) as allocations
      from locked left join accepted using (product_id)
  `.execute(em.getKysely());
  return rows[0];
}
