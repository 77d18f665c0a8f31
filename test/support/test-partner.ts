import type { Permission } from '../../src/domain/permissions.ts';
import { eventually, type House } from './house.ts';
import { breakdown, customer, SATURDAY, type SoldTicket } from './sale.ts';

/** Makes a test partner as an operator does, and a key of it. */
export async function testKeyOf(house: House, partnerId: string, permissions: Permission[]): Promise<string> {
  const admin = { key: 'admin' } as const;
  const partner = { partner_id: partnerId, name: `Trial ${partnerId}`, mode: 'test' };
  const made = await house.post('/api/admin/partners', partner, admin);
  const key = await house.post(`/api/admin/partners/${partnerId}/keys`, { permissions }, admin);
  if (made.status !== 201 || key.status !== 201) throw new Error(`${made.text} ${key.text}`);
  return key.body.api_key;
}

/** A ticket of the sandbox, sold by a new test partner; needs a worker. */
export async function soldTestTicket(house: House): Promise<SoldTicket> {
  const key = await testKeyOf(house, `trial-${Date.now()}`, ['reservations:write', 'orders:write']);
  const as = { key: null, headers: { 'X-API-Key': key } };
  const { body: hold } = await house.post('/api/ota/reserve', { product_id: 106, quantity: 1 }, as);
  const { body: order } = await house.post(
    '/api/ota/orders',
    {
      reservation_id: hold.reservation_id,
      customer_details: customer,
      pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
    },
    as,
  );
  return eventually('a ticket of the sandbox', async () => {
    const body = { order_id: order.order_id, payment_reference: 'trial' };
    const answer = await house.post('/api/ota/activate', body, as);
    return (answer.body.tickets as SoldTicket[] | undefined)?.[0];
  });
}
