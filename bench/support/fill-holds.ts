import { PRODUCTS } from './set-up.ts';
import type { Stack } from './stack.ts';

/** Marks the holds that the bench puts into the database by itself. */
const REFERENCE = 'bench-fill';

/** Adds the rows of so many holds of a unit each, without runs: what they cost is another case. Accounts agree. */
export async function addHolds(stack: Stack, count: number, partnerId: string): Promise<void> {
  await stack.sql(
    `with new as (
       select uuidv7() as reservation_id, ($4::int[])[1 + n % array_length($4::int[], 1)] as product_id
         from generate_series(1, $1::int) n
     ), r as (
       insert into channel_reservations
              (reservation_id, partner_id, channel, reference, status, started_at, expires_at)
       select reservation_id, $2, 'ota', $3, 'held', now(), now() + interval '24 hours' from new
     ), lines as (
       insert into reservation_lines (reservation_id, product_id, price_list_id, units)
       select reservation_id, product_id, p.price_list_id, 1 from new join products p using (product_id)
     ), ledger as (
       insert into inventory_ledger (product_id, channel, reservation_id, delta_reserved, reason)
       select product_id, 'ota', reservation_id, 1, 'held' from new
     )
     update product_inventory i
        set channel_allocations = moved(channel_allocations, 'ota', m.units, 0)
       from (select product_id, count(*)::int as units from new group by product_id) m
      where i.product_id = m.product_id`,
    [count, partnerId, REFERENCE, PRODUCTS],
  );
}

/**
 * Releases them, and all other holds of that channel whose runs have not begun, without their commands: where runs are
 * paused, seconds of reserves would take minutes to be worked off.
 */
export async function endHolds(stack: Stack): Promise<void> {
  await stack.sql(
    `with without_run as (
       delete from workflow_commands
        where delivered_at is null and kind = 'start_reservation' and payload ->> 'channel' = 'ota'
       returning (payload ->> 'reservation_id')::uuid as reservation_id
     ), ended as (
       update channel_reservations set status = 'released', ended_at = now()
        where status = 'held' and (reference = $1 or reservation_id in (select reservation_id from without_run))
       returning reservation_id
     ), lines as (
       update reservation_lines l set released = units from ended where l.reservation_id = ended.reservation_id
       returning l.reservation_id, product_id, units
     ), ledger as (
       insert into inventory_ledger (product_id, channel, reservation_id, delta_reserved, reason)
       select product_id, 'ota', reservation_id, -units, 'released' from lines
     )
     update product_inventory i
        set channel_allocations = moved(channel_allocations, 'ota', -m.units, 0)
       from (select product_id, sum(units)::int as units from lines group by product_id) m
      where i.product_id = m.product_id`,
    [REFERENCE],
  );
}
