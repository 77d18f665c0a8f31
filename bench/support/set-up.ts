import { Client } from 'pg';
import { requestsOf } from '../../test/faults/support/requests.ts';
import { openHttpClient } from './http-client.ts';
import type { Stack } from './stack.ts';

export const PRODUCTS = [106, 107, 108];
/** More than a run can sell. */
const UNITS = 10_000_000;
export const SOLD_OUT_CHANNEL = 'ota-sold-out';

/** Builds the requests of one agency, and of the payment provider. */
export type Agency = ReturnType<typeof requestsOf>;

/** Makes the pools large, in the stack as operators do, in the copy for the limits by hand. */
export async function enlargePools(stack: Stack, apiUrl: string): Promise<void> {
  const operator = requestsOf(stack);
  const http = openHttpClient(apiUrl, 1);
  for (const productId of PRODUCTS) {
    const change = { sellable_cap: 2 * UNITS, allocations: { ota: UNITS, [SOLD_OUT_CHANNEL]: 1 } };
    await http.ask(operator.post(`/api/admin/inventory/${productId}`, change, { key: 'admin' }), 200);
  }
  await http.close();
  const client = new Client({ connectionString: stack.limitsDatabaseUrl });
  await client.connect();
  await client.query(
    `update product_inventory set sellable_cap = ${2 * UNITS},
            channel_allocations = jsonb_set(channel_allocations, '{ota,allocated}', '${UNITS}')`,
  );
  await client.end();
}

/** Adds an agency of its own to the stack, with a key; without `perMinute` its limit is the one that nobody meets. */
export async function addAgency(
  stack: Stack,
  apiUrl: string,
  id: string,
  { channel = 'ota', perMinute }: { channel?: string; perMinute?: number } = {},
): Promise<Agency> {
  const operator = requestsOf(stack);
  const http = openHttpClient(apiUrl, 1);
  const partner = { partner_id: id, name: id, channel, ...(perMinute && { per_minute: perMinute }) };
  await http.ask(operator.post('/api/admin/partners', partner, { key: 'admin' }), 201);
  const permissions = [
    'inventory:read',
    'reservations:write',
    'orders:write',
    'tickets:read',
    'reports:read',
  ];
  const key = operator.post(`/api/admin/partners/${id}/keys`, { permissions }, { key: 'admin' });
  const { api_key: ota } = JSON.parse(await http.ask(key, 201)) as { api_key: string };
  await http.close();
  return requestsOf({ keys: { ...stack.keys, ota }, webhookSecret: stack.webhookSecret });
}
