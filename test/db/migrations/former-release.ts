import { Client } from 'pg';
import { openDatabase } from '../../../src/db/open.ts';
import { publishPriceList } from '../../../src/db/queries/publish-price-list.ts';
import { seasonCatalogue } from '../../../src/db/seed/catalogue.ts';
import { emptyDatabase } from '../../support/database.ts';

/**
 * A database as the first migration left it, with the first season and `sales` sales of two units each: a
 * row in every table that a sale touches. All accounts agree.
 */
export async function openFormerRelease(sales: number): Promise<{ url: string; drop(): Promise<void> }> {
  const database = await emptyDatabase();
  const orm = await openDatabase(database.url, { connectionTimeoutMillis: 10_000 }, 2);
  await orm.migrator.up({ to: '20261123-allotments' });
  for (const { productId, priceRules } of seasonCatalogue()) {
    for (const statement of seeded) await orm.em.execute(statement.replaceAll('PRODUCT', String(productId)));
    await publishPriceList(orm.em.fork(), productId, priceRules);
  }
  await orm.close();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const statement of sold) await client.query(statement.replaceAll('SALES', String(sales)));
  } finally {
    await client.end();
  }
  return database;
}

/** In plain SQL, as the statements of today may need columns that came later. */
const seeded = [
  `insert into products (product_id, name, description) values (PRODUCT, 'Product PRODUCT', '')`,
  `insert into product_functions (product_id, function_code, label, quantity, position)
   values (PRODUCT, 'ferry', 'Ferry', 1, 0)`,
  `insert into product_inventory (product_id, sellable_cap, channel_allocations)
   values (PRODUCT, 3000, '{"ota": {"allocated": 2000, "reserved": 0, "sold": 0}}')`,
  `insert into inventory_ledger (product_id, channel, delta_allocated, reason)
   values (PRODUCT, 'ota', 2000, 'allocated')`,
];

const sold = [
  `insert into partners (partner_id, name, channel) values ('agency', 'Agency', 'ota')`,
  `insert into api_keys (key_id, partner_id, partner_name, key_hash, prefix, permissions)
   values (gen_random_uuid(), 'agency', 'Agency', sha256('key'), 'alt_live_x', '{reservations:write}')`,
  `update product_inventory set sellable_cap = 10000000, channel_allocations = jsonb_set(channel_allocations, '{ota}',
     jsonb_build_object('allocated', 9000000, 'reserved', 0, 'sold', 2 * SALES)) where product_id = 106`,
  `insert into inventory_ledger (product_id, channel, delta_allocated, reason) values (106, 'ota', 9000000 - 2000, 'allocated')`,
  `create table sale as select gen_random_uuid() as reservation_id, gen_random_uuid() as order_id,
     gen_random_uuid() as payment_id, number, clock_timestamp() - make_interval(mins => number) as at
     from generate_series(1, SALES) number`,
  `insert into channel_reservations (reservation_id, partner_id, channel, reference, status, started_at, expires_at, ended_at)
   select reservation_id, 'agency', 'ota', 'r' || number, 'completed', at, at + interval '1 hour', at from sale`,
  `insert into reservation_lines (reservation_id, product_id, price_list_id, units, ordered, sold)
   select reservation_id, 106, price_list_id, 2, 2, 2 from sale, products where product_id = 106`,
  `insert into orders (order_id, reservation_id, partner_id, channel_id, reference, customer, status, units, total_amount,
                       currency, currency_precision, created_at, paid_at, confirmed_at, fulfilled_at)
   select order_id, reservation_id, 'agency', 'ota', 'o' || number,
          jsonb_build_object('name', 'Guest', 'email', 'Guest' || number || '@example.com'), 'fulfilled', 2, 57600,
          'HKD', 2, at, at, at, at from sale`,
  `insert into order_lines (order_id, line_number, product_id, units, visit_date, quote)
   select order_id, 1, 106, 2, '2026-12-01',
          '{"visitDate": "2026-12-01", "units": 2,
            "lines": [{"customerType": "adult", "count": 2, "unitPrice": 28800, "amount": 57600}], "addons": [],
            "subtotal": 57600, "addonsTotal": 0, "adjustments": [], "total": 57600, "currency": "HKD"}' from sale`,
  `insert into payments (payment_id, order_id, sender, reference, amount, currency, verdict, received_at)
   select payment_id, order_id, 'payment-provider', 'p' || number, 57600, 'HKD', 'accepted', at from sale`,
  `insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token, issued_at)
   select 'T' || number || '-' || unit, order_id, unit, 106, 'adult', '2026-12-01', 'qr', at
     from sale, generate_series(1, 2) unit`,
  `insert into ticket_entitlements (ticket_code, function_code, label, position, total, remaining)
   select ticket_code, 'ferry', 'Ferry', 0, 1, 1 from tickets`,
  `insert into inventory_ledger (product_id, channel, reservation_id, order_id, delta_reserved, delta_sold, reason, recorded_at)
   select 106, 'ota', reservation_id, case when step = 2 then order_id end, case when step = 1 then 2 else -2 end,
          case when step = 2 then 2 else 0 end, case when step = 1 then 'held' else 'sold' end, at
     from sale, generate_series(1, 2) step order by number, step`,
  `insert into workflow_commands (workflow_id, kind, payload, delivered_at)
   select 'reservation:' || reservation_id, 'start_reservation', '{}', at from sale`,
  `insert into audit_log (actor, action, subject, outcome, recorded_at)
   select 'agency', 'reserve', reservation_id::text, 'accepted', clock_timestamp() from sale`,
  `drop table sale`,
];
