import { type RawBuilder, sql } from 'kysely';

/** Each check selects subject and detail of what disagrees; an agreeing database gives no row. */
export type Checks = Record<string, RawBuilder<{ subject: string; detail: string }>>;

/** Pools, holds, the ledger and what is stated of it. */
export const checksOfUnits: Checks = {
  'counters equal the ledger': sql`
    with counted as (
      select i.product_id, pool.key as channel, (pool.value ->> 'allocated')::int as allocated,
             (pool.value ->> 'reserved')::int as reserved, (pool.value ->> 'sold')::int as sold
        from product_inventory i, jsonb_each(i.channel_allocations) pool
    ), written as (
      select product_id, channel, sum(delta_allocated)::int as allocated, sum(delta_reserved)::int as reserved,
             sum(delta_sold)::int as sold
        from inventory_ledger group by product_id, channel
    )
    select product_id || '/' || channel as subject,
           format('counters %s/%s/%s, ledger %s/%s/%s', c.allocated, c.reserved, c.sold,
                  w.allocated, w.reserved, w.sold) as detail
      from counted c full join written w using (product_id, channel)
     where (c.allocated, c.reserved, c.sold) is distinct from (w.allocated, w.reserved, w.sold)`,
  'counters equal the reservations': sql`
    with held as (
      select l.product_id, r.channel, sum(l.units - l.released - l.sold)::int as reserved, sum(l.sold)::int as sold
        from reservation_lines l join channel_reservations r using (reservation_id) group by 1, 2
    ), counted as (
      select i.product_id, pool.key as channel, (pool.value ->> 'reserved')::int as reserved,
             (pool.value ->> 'sold')::int as sold
        from product_inventory i, jsonb_each(i.channel_allocations) pool
    )
    select product_id || '/' || channel as subject,
           format('counters %s/%s, reservations %s/%s', c.reserved, c.sold, h.reserved, h.sold) as detail
      from counted c full join held h using (product_id, channel)
     where coalesce(c.reserved, 0) <> coalesce(h.reserved, 0) or coalesce(c.sold, 0) <> coalesce(h.sold, 0)`,
  'holds equal their live orders': sql`
    with live as (
      select o.reservation_id, ol.product_id, sum(ol.units)::int as ordered,
             coalesce(sum(ol.units) filter (where o.confirmed_at is not null), 0)::int as sold
        from orders o join order_lines ol using (order_id)
       where o.status in ('pending_payment', 'paid', 'fulfilled') group by 1, 2
    )
    select l.reservation_id || '/' || l.product_id as subject,
           format('hold %s ordered %s sold, orders %s ordered %s sold', l.ordered, l.sold, live.ordered, live.sold) as detail
      from reservation_lines l left join live using (reservation_id, product_id)
     where l.ordered <> coalesce(live.ordered, 0) or l.sold <> coalesce(live.sold, 0)`,
  'ended holds keep nothing but paid orders': sql`
    select l.reservation_id || '/' || l.product_id as subject,
           format('%s keeps %s units', r.status, l.units - l.released - l.ordered) as detail
      from reservation_lines l join channel_reservations r using (reservation_id)
     where r.status <> 'held' and (l.units - l.released - l.ordered <> 0
            or exists (select from orders o where o.reservation_id = r.reservation_id and o.status = 'pending_payment'))`,
  'statements equal the ledger': sql`
    with written as (
      select r.partner_id, l.product_id, l.channel, l.recorded_at, l.delta_reserved, l.delta_sold
        from inventory_ledger l join channel_reservations r using (reservation_id)
    ), stated as (
      select s.partner_id, pool.product_id, pool.channel, s.ends_at, s.business_date,
             coalesce((account #>> '{closing,reserved}')::int, 0) as reserved,
             coalesce((account #>> '{closing,sold}')::int, 0) as sold
        from statements s
        join (select distinct partner_id, product_id, channel from written) pool using (partner_id)
        left join lateral jsonb_array_elements(s.content -> 'accounts') account
               on (account ->> 'productId')::int = pool.product_id and account ->> 'channel' = pool.channel
       where s.ends_at is not null
    ), entries as (
      select *, null::date as business_date, null::int as reserved, null::int as sold from written
      union all
      select partner_id, product_id, channel, ends_at, 0, 0, business_date, reserved, sold from stated
    ), added_up as (
      select *, sum(delta_reserved) over before as written_reserved, sum(delta_sold) over before as written_sold
        from entries
      -- What was recorded at the very moment of a day's end is of the next day.
      window before as (partition by partner_id, product_id, channel
                            order by recorded_at, business_date nulls last rows unbounded preceding)
    )
    select format('%s/%s/%s/%s', partner_id, business_date, product_id, channel) as subject,
           format('statement %s/%s, ledger %s/%s', reserved, sold, written_reserved, written_sold) as detail
      from added_up
     where business_date is not null and (reserved, sold) <> (written_reserved, written_sold)`,
};
