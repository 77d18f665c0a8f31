import { Client } from 'pg';
import { callerPatience, CALLER_PATIENCE_MS } from '../../../src/db/patience.ts';

/** As many as an API has under way when it is busy. */
const CALLERS = 6;

/** A sale in the statements that every release understands: key, hold, order, payment, ticket. */
const steps = [
  `select k.key_id, p.channel from api_keys k join partners p using (partner_id) where k.key_hash = sha256('key')`,
  `with locked as materialized (
     select product_id, channel_allocations from product_inventory
      where product_id = 106 and channel_free(channel_allocations, 'ota') >= 1 for update
   ), pools as (
     update product_inventory i set channel_allocations = moved(locked.channel_allocations, 'ota', 1, 0)
       from locked where i.product_id = locked.product_id
   ), r as (
     insert into channel_reservations (reservation_id, partner_id, channel, status, started_at, expires_at)
     select $1::uuid, 'agency', 'ota', 'held', clock_timestamp(), clock_timestamp() + interval '1 hour' from locked
     returning *
   ), lines as (
     insert into reservation_lines (reservation_id, product_id, price_list_id, units)
     select $1::uuid, 106, price_list_id, 1 from r, products where product_id = 106
   ), ledger as (
     insert into inventory_ledger (product_id, channel, reservation_id, delta_reserved, reason)
     select 106, 'ota', $1::uuid, 1, 'held' from r
   ), command as (
     insert into workflow_commands (workflow_id, kind, payload)
     select 'reservation:' || $1::uuid, 'start_reservation', '{}' from r
   )
   insert into audit_log (actor, action, subject, outcome) select 'agency', 'reserve', $1::uuid::text, 'accepted' from r`,
  `with drawn as (
     update reservation_lines set ordered = 1 where reservation_id = $1::uuid returning 1
   ), o as (
     insert into orders (order_id, reservation_id, partner_id, channel_id, customer, status, units, total_amount, currency,
                         currency_precision)
     select $1::uuid, $1::uuid, 'agency', 'ota', '{"email": "guest@example.com"}', 'pending_payment', 1, 1, 'HKD', 2 from drawn
   ), line as (
     insert into order_lines (order_id, line_number, product_id, units, visit_date, quote)
     select $1::uuid, 1, 106, 1, '2026-12-01',
            '{"visitDate": "2026-12-01", "units": 1,
              "lines": [{"customerType": "adult", "count": 1, "unitPrice": 1, "amount": 1}], "addons": [],
              "subtotal": 1, "addonsTotal": 0, "adjustments": [], "total": 1, "currency": "HKD"}'
       from drawn
   )
   insert into audit_log (actor, action, subject, outcome) values ('agency', 'place_order', $1::uuid::text, 'accepted')`,
  `with paid as (
     update orders set status = 'paid', paid_at = clock_timestamp(), confirmed_at = clock_timestamp()
      where order_id = $1::uuid returning *
   ), lines as (
     update reservation_lines set sold = 1 where reservation_id = $1::uuid
   ), locked as materialized (
     select product_id, channel_allocations from product_inventory where product_id = 106 for update
   ), pools as (
     update product_inventory i set channel_allocations = moved(locked.channel_allocations, 'ota', -1, 1)
       from locked where i.product_id = locked.product_id
   ), ledger as (
     insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason)
     values (106, 'ota', $1::uuid, $1::uuid, -1, 1, 'sold')
   )
   insert into payments (payment_id, order_id, sender, reference, amount, currency, verdict)
   select $1::uuid, order_id, 'payment-provider', 'p', 1, 'HKD', 'accepted' from paid`,
  `with issued as (
     insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token)
     values ($1::uuid::text, $1::uuid, 1, 106, 'adult', '2026-12-01', 'qr')
   ), ended as (
     update channel_reservations set status = 'completed', ended_at = clock_timestamp() where reservation_id = $1::uuid
   )
   update orders set status = 'fulfilled', fulfilled_at = clock_timestamp() where order_id = $1::uuid`,
];

export type SalesUnderWay = { sold: number; refused: string[] };

/**
 * Sells with the patience of callers for as long as `work` takes, and a moment before and after; tells how
 * many sales there were, and every statement that was refused: by its own time-out for locks or as a whole.
 */
export async function sellDuring(url: string, work: () => Promise<unknown>): Promise<SalesUnderWay> {
  const told: SalesUnderWay = { sold: 0, refused: [] };
  const end = new AbortController();
  const sell = async () => {
    const client = new Client({ connectionString: url, ...callerPatience(CALLER_PATIENCE_MS) });
    await client.connect();
    while (!end.signal.aborted) {
      const { rows } = await client.query<{ id: string }>('select gen_random_uuid() as id');
      for (const step of steps) {
        const values = step.includes('$1') ? [rows[0]?.id] : [];
        await client.query(step, values).catch((error: Error) => told.refused.push(error.message));
      }
      told.sold += 1;
    }
    await client.end();
  };
  const callers = Array.from({ length: CALLERS }, sell);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
  await pause();
  try {
    await work();
    await pause();
  } finally {
    end.abort();
    await Promise.all(callers);
  }
  return told;
}
