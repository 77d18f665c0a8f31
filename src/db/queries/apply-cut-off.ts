import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker } from './accepting.ts';

export type AppliedCutOff = { rule_id: string; product_id: number; channel: string; units: number };

/**
 * Applies one cut-off rule that is due and was not applied: the channel's free units, all but what the rule
 * keeps, go to `direct`. One statement, guarded by `applied_at is null` on the locked rule; workers that ask
 * at once get different rules. Today is the business day by the database's clock. Undefined when none is due.
 */
export async function applyCutOff(em: EntityManager, timeZone: string): Promise<AppliedCutOff | undefined> {
  const { rows } = await sql<AppliedCutOff>`
    with due as materialized (
      select rule_id, product_id, channel, keep from cut_off_rules
       where applied_at is null
         and cut_off_date - days_before <= (clock_timestamp() at time zone ${timeZone})::date
       order by cut_off_date, rule_id
       limit 1 for update skip locked
    ), locked as materialized (
      select i.product_id, i.channel_allocations, due.rule_id, due.channel,
             greatest(channel_free(i.channel_allocations, due.channel) - due.keep, 0) as units
        from product_inventory i join due using (product_id)
         for update of i
    ), pools as (
      update product_inventory i
         set channel_allocations = reallocated(
               reallocated(locked.channel_allocations, locked.channel, -locked.units), 'direct', locked.units)
        from locked where i.product_id = locked.product_id and locked.units > 0
    ), ledger as (
      insert into inventory_ledger (product_id, channel, delta_allocated, reason)
      select product_id, change.channel, delta, 'cut_off'
        from locked, lateral (values (locked.channel, -units), ('direct', units)) as change (channel, delta)
       where units > 0
    ), applied as (
      update cut_off_rules rule set applied_at = clock_timestamp(), moved_units = locked.units
        from locked where rule.rule_id = locked.rule_id
    ), ${auditByWorker(
      'cut_off',
      'locked',
      sql`format('%s: %s from %s to direct', product_id, units, channel)`,
      sql`'cut-off:' || rule_id`,
    )}
    select rule_id, product_id, channel, units from locked
  `.execute(em.getKysely());
  return rows[0];
}
