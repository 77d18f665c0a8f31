/** What an API key may be allowed to do. */
export const permissions = [
  'inventory:read',
  'reservations:write',
  'orders:write',
  'tickets:read',
  'tickets:redeem',
  'reports:read',
  'admin',
] as const;
export type Permission = (typeof permissions)[number];
