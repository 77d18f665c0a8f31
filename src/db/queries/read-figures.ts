import type { Pool } from 'pg';
import { IS_LIVE } from './workers.ts';

/** Where sales, and what has to follow from them, stand at a moment. */
export type Figures = {
  pools: { product: string; channel: string; allocated: number; reserved: number; sold: number }[];
  holds_open: number;
  holds_expiring: number;
  holds_overdue: number;
  orders_unissued: number;
  oldest_unissued_seconds: number;
  late_undecided: number;
  payments_in_review: number;
  refunds_due: number;
  commands_undelivered: number;
  oldest_command_seconds: number;
  webhooks_pending: number;
  webhooks_retrying: number;
  oldest_webhook_seconds: number;
  workers_live: number;
};

/** Nothing is counted further: a figure of so many means as many or more. */
const MOST = 10_000;
const MOST_POOLS = 1_000;

/**
 * Reads all figures with one statement. Each part goes by an index over what is open and ends at `MOST` rows, so that
 * it costs the same however much has been sold. Products off sale and test partners are left out.
 */
export async function readFigures(pool: Pool): Promise<Figures> {
  const { rows } = await pool.query<Figures>(statement);
  return rows[0] as Figures;
}

const age = (oldest: string) =>
  `coalesce(greatest(extract(epoch from statement_timestamp() - ${oldest}), 0), 0)::float8`;

const statement = `
  with pools as (
    select jsonb_build_object('product', product_id::text, 'channel', channel, 'allocated', units -> 'allocated',
                              'reserved', units -> 'reserved', 'sold', units -> 'sold') as pool
      from product_inventory join products using (product_id)
      cross join lateral jsonb_each(channel_allocations) as c (channel, units)
     where active and not is_test_channel(channel)
     order by product_id, channel limit ${MOST_POOLS}
  ), holds as (
    select expires_at from channel_reservations
     where status = 'held' and not is_test_channel(channel) order by expires_at limit ${MOST}
  ), unissued as (
    select paid_at from orders where status = 'paid' order by paid_at limit ${MOST}
  ), late as (
    select received_at from payments where awaits_units order by received_at limit ${MOST}
  ), reviews as (
    select p.received_at from payments p join orders o using (order_id)
     where p.verdict = 'review' and not is_test_channel(o.channel_id) order by p.received_at limit ${MOST}
  ), due as (
    select r.created_at from refunds r join orders o using (order_id)
     where r.status = 'due' and not is_test_channel(o.channel_id) order by r.created_at limit ${MOST}
  ), commands as (
    select created_at from workflow_commands where delivered_at is null order by due_at limit ${MOST}
  ), webhooks as (
    select created_at, attempts from webhook_deliveries
     where status = 'pending' order by next_attempt_at limit ${MOST}
  )
  select (select coalesce(jsonb_agg(pool), '[]') from pools) as pools,
         h.*, u.*, c.*, w.*,
         (select count(*)::int from late) as late_undecided,
         (select count(*)::int from reviews) as payments_in_review,
         (select count(*)::int from due) as refunds_due,
         (select count(*)::int from workers
           where ${IS_LIVE}) as workers_live
    from (select count(*)::int as holds_open,
                 (count(*) filter (where expires_at between statement_timestamp()
                                     and statement_timestamp() + interval '1 hour'))::int as holds_expiring,
                 (count(*) filter (where expires_at < statement_timestamp() - interval '1 minute'))::int as holds_overdue
            from holds) h,
         (select count(*)::int as orders_unissued, ${age('min(paid_at)')} as oldest_unissued_seconds from unissued) u,
         (select count(*)::int as commands_undelivered, ${age('min(created_at)')} as oldest_command_seconds
            from commands) c,
         (select count(*)::int as webhooks_pending,
                 (count(*) filter (where attempts > 0))::int as webhooks_retrying,
                 ${age('min(created_at)')} as oldest_webhook_seconds
            from webhooks) w`;
