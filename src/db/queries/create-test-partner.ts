import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';

export type TestPartner = { partnerId: string; name: string; channel: string };

/**
 * Makes a test partner with a pool of `units` of every product, all in one statement: rows of the pools are
 * locked in the order of their ids. An id that is taken violates `partners_pkey`.
 */
export async function createTestPartner(
  em: EntityManager,
  by: Accepting,
  { partnerId, name, channel }: TestPartner,
  units: number,
): Promise<void> {
  await sql`
    with partner as (
      insert into partners (partner_id, name, channel, mode)
      values (${partnerId}, ${name}, ${channel}, 'test')
      returning partner_id
    ), locked as materialized (
      select product_id, channel_allocations from product_inventory order by product_id for update
    ), pools as (
      update product_inventory i
         set channel_allocations = locked.channel_allocations || jsonb_build_object(${channel}::text,
               jsonb_build_object('allocated', ${units}::int, 'reserved', 0, 'sold', 0))
        from locked, partner where i.product_id = locked.product_id
    ), ledger as (
      insert into inventory_ledger (product_id, channel, delta_allocated, reason)
      select product_id, ${channel}, ${units}::int, 'allocated' from locked, partner
    ), ${auditAndAnswer(by, 'create_test_partner', 'partner', sql`partner_id`, sql`'{}'::jsonb`)}
    select 1
  `.execute(em.getKysely());
}
