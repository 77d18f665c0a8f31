import type { Permission } from '../../src/domain/permissions.ts';
import type { House } from './house.ts';

/** Makes a test partner as an operator does, and a key of it. */
export async function testKeyOf(house: House, partnerId: string, permissions: Permission[]): Promise<string> {
  const admin = { key: 'admin' } as const;
  const partner = { partner_id: partnerId, name: `Trial ${partnerId}`, mode: 'test' };
  const made = await house.post('/api/admin/partners', partner, admin);
  const key = await house.post(`/api/admin/partners/${partnerId}/keys`, { permissions }, admin);
  if (made.status !== 201 || key.status !== 201) throw new Error(`${made.text} ${key.text}`);
  return key.body.api_key;
}
