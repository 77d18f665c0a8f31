import { sql } from 'kysely';
import type { Checks } from './checks-of-units.ts';

/** Orders, tickets, payments, refunds and redemptions. */
export const checksOfSales: Checks = {
  'orders equal their quotes': sql`
    with quoted as (
      select order_id, sum(units) as units, sum((quote ->> 'total')::bigint) as total,
             string_agg(distinct quote ->> 'currency', ', ') as currency
        from order_lines group by order_id
    )
    select o.order_id::text as subject,
           format('order %s units %s %s, quotes %s units %s %s', o.units, o.total_amount, o.currency,
                  coalesce(q.units, 0), coalesce(q.total, 0), q.currency) as detail
      from orders o left join quoted q using (order_id)
     -- Lines that do not add up are a reason to refund the order, and stay as they are.
     where o.status <> 'refund_due'
       and (o.units, o.total_amount, o.currency) is distinct from (q.units, q.total, q.currency)`,
  'order lines are what was quoted': sql`
    select l.order_id || '/' || l.line_number as subject,
           format('line %s units on %s, quote %s units on %s', l.units, l.visit_date, l.quote ->> 'units',
                  l.quote ->> 'visitDate') as detail
      from order_lines l join orders o using (order_id)
     where l.visit_date is distinct from (l.quote ->> 'visitDate')::date
        or (o.status <> 'refund_due' and l.units is distinct from (l.quote ->> 'units')::int)`,
  'quotes add up': sql`
    select l.order_id || '/' || l.line_number as subject,
           format('%s units for %s, add-ons %s, adjustments %s, %s wrong amounts; quoted %s units for %s, add-ons %s, total %s',
                  line.units, line.amount, addon.amount, adjustment.amount, line.wrong + addon.wrong, l.quote ->> 'units',
                  l.quote ->> 'subtotal', l.quote ->> 'addonsTotal', l.quote ->> 'total') as detail
      from order_lines l join orders o using (order_id),
           lateral (${partsOfQuote('lines', 'count')}) line,
           lateral (${partsOfQuote('addons', 'quantity')}) addon,
           lateral (select coalesce(sum((part ->> 'amount')::numeric), 0) as amount
                      from jsonb_array_elements(l.quote -> 'adjustments') part) adjustment
     where o.status <> 'refund_due'
       and (line.wrong, addon.wrong, line.units, line.amount, addon.amount,
            line.amount + addon.amount + adjustment.amount)
           is distinct from
           (0, 0, (l.quote ->> 'units')::numeric, (l.quote ->> 'subtotal')::numeric,
            (l.quote ->> 'addonsTotal')::numeric, (l.quote ->> 'total')::numeric)`,
  'fulfilled orders have a ticket for each unit': sql`
    select o.order_id::text as subject, format('%s units, %s tickets, %s', o.units, count(t.*), o.status) as detail
      from orders o left join tickets t on t.order_id = o.order_id and (t.status <> 'void' or o.status <> 'fulfilled')
     group by o.order_id
    having count(t.*) filter (where t.status <> 'void') <> case when o.status = 'fulfilled' then o.units else 0 end`,
  'tickets are what was quoted': sql`
    with quoted as (
      select order_id, l.product_id, part ->> 'customerType' as customer_type, (l.quote ->> 'visitDate')::date as visit_date,
             sum((part ->> 'count')::int) as units
        from orders o join order_lines l using (order_id), jsonb_array_elements(l.quote -> 'lines') part
       where o.fulfilled_at is not null group by 1, 2, 3, 4
    ), issued as (
      select order_id, product_id, customer_type, visit_date, count(*) as tickets
        from tickets group by 1, 2, 3, 4
    )
    select order_id::text as subject,
           format('product %s, %s, %s: %s quoted, %s tickets', product_id, customer_type, visit_date,
                  coalesce(units, 0), coalesce(tickets, 0)) as detail
      from quoted full join issued using (order_id, product_id, customer_type, visit_date)
     where units is distinct from tickets`,
  'paid orders have one accepted payment': sql`
    select o.order_id::text as subject, format('%s with %s accepted payments', o.status, count(p.*)) as detail
      from orders o left join payments p on p.order_id = o.order_id and p.verdict = 'accepted'
     where o.status in ('paid', 'fulfilled') group by o.order_id having count(p.*) <> 1`,
  'payments that nobody reviewed are of the total': sql`
    select p.payment_id::text as subject,
           format('paid %s %s, the total is %s %s', p.amount, p.currency, o.total_amount, o.currency) as detail
      from payments p join orders o using (order_id)
     where p.verdict = 'accepted' and p.reason is null
       and (p.amount, p.currency) is distinct from (o.total_amount, o.currency)`,
  'money that bought nothing is refunded': sql`
    select p.payment_id::text as subject, format('%s of an order that is %s has no refund', p.verdict, o.status) as detail
      from payments p join orders o using (order_id) left join refunds f using (payment_id)
     where f.refund_id is null
       and (p.verdict = 'refund_due'
            or (p.verdict = 'accepted' and o.status not in ('paid', 'fulfilled') and not p.awaits_units))`,
  'refunds are of money that bought nothing': sql`
    select f.refund_id::text as subject, format('refund of a %s payment of an order that is %s', p.verdict, o.status) as detail
      from refunds f join payments p using (payment_id) join orders o on o.order_id = f.order_id
     where p.verdict not in ('accepted', 'refund_due') or (p.verdict = 'accepted' and o.status in ('paid', 'fulfilled'))`,
  'refunds are of their whole payment': sql`
    select f.refund_id::text as subject,
           format('refund of %s %s for order %s, payment of %s %s for order %s', f.amount, f.currency, f.order_id,
                  p.amount, p.currency, p.order_id) as detail
      from refunds f left join payments p using (payment_id)
     where (f.amount, f.currency, f.order_id) is distinct from (p.amount, p.currency, p.order_id)`,
  'entitlements equal their redemptions': sql`
    select e.ticket_code || '/' || e.function_code as subject,
           format('%s of %s remain, %s redeemed', e.remaining, e.total, coalesce(sum(r.quantity), 0)) as detail
      from ticket_entitlements e left join redemptions r using (ticket_code, function_code)
     group by e.ticket_code, e.function_code
    having e.total - e.remaining <> coalesce(sum(r.quantity), 0)`,
};

/** The units and amounts of a quote's parts, and how many of the parts do not cost their count times their price. */
function partsOfQuote(parts: 'lines' | 'addons', count: 'count' | 'quantity') {
  const counted = sql.lit(count);
  return sql`
    select coalesce(sum((part ->> ${counted})::numeric), 0) as units,
           coalesce(sum((part ->> 'amount')::numeric), 0) as amount,
           count(*) filter (where (part ->> 'amount')::numeric is distinct from
                                  (part ->> ${counted})::numeric * (part ->> 'unitPrice')::numeric) as wrong
      from jsonb_array_elements(l.quote -> ${sql.lit(parts)}) part`;
}
