import { Client } from 'pg';
import { v7 as uuid } from 'uuid';

/** Puts so many tickets into the database of the limits, each good for as many scans as a run can make. */
export async function addLimitTickets(databaseUrl: string, count: number): Promise<string[]> {
  const orderId = await addLimitOrder(databaseUrl, count);
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ ticket_code: string }>(
      `insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token)
       select 'bench-' || n, $1, n, 106, 'adult', '2030-06-15', repeat('x', 138) from generate_series(1, $2::int) n
       returning ticket_code`,
      [orderId, count],
    );
    await client.query(
      `insert into ticket_entitlements (ticket_code, function_code, label, position, total, remaining)
       select ticket_code, code, code, position, 1000000, 1000000
         from tickets, unnest(array['ferry', 'monchhichi_gift', 'playground_tokens']) with ordinality as f (code, position)
        where order_id = $1`,
      [orderId],
    );
    return rows.map((row) => row.ticket_code);
  });
}

/** Puts an order into the database of the limits, for tickets to belong to. */
export function addLimitOrder(databaseUrl: string, units: number): Promise<string> {
  const [reservationId, orderId] = [uuid(), uuid()];
  return withClient(databaseUrl, async (client) => {
    await client.query(
      `insert into channel_reservations (reservation_id, partner_id, channel, status, started_at, expires_at)
       values ($1, 'demo-ota', 'ota', 'held', now(), now() + interval '1 hour')`,
      [reservationId],
    );
    await client.query(
      `insert into orders (order_id, reservation_id, partner_id, channel_id, status, units, total_amount, currency,
                           currency_precision)
       values ($1, $2, 'demo-ota', 'ota', 'fulfilled', $3, 0, 'HKD', 2)`,
      [orderId, reservationId, units],
    );
    return orderId;
  });
}

async function withClient<T>(databaseUrl: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
