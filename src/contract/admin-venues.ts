import { z } from 'zod';
import { afterName } from './cursors.ts';
import { operation } from './operation.ts';
import { id, line, page, pageOf, venueCode } from './values.ts';

const venue = z
  .object({ venue_code: z.string(), name: z.string(), created_at: z.iso.datetime() })
  .meta({ id: 'Venue' });

const ofOperators = {
  tag: 'Operators: venues and customers',
  caller: 'admin',
  limit: 'gate',
  session: 'operator',
} as const;

export const listVenues = operation({
  ...ofOperators,
  id: 'listVenues',
  method: 'get',
  path: '/api/admin/venues',
  summary: 'Venues by their codes',
  query: z.strictObject(page(afterName, 50, 500)),
  answers: { 200: { description: 'A page of venues.', body: pageOf('VenuePage', venue) } },
  refusals: [],
});

export const addVenue = operation({
  ...ofOperators,
  id: 'addVenue',
  method: 'post',
  path: '/api/admin/venues',
  summary: 'Add a venue; from the first one on, scans may name no others',
  idempotent: true,
  body: z.strictObject({ venue_code: venueCode, name: line(200) }).meta({ id: 'NewVenue' }),
  answers: { 201: { description: 'Added.', body: venue, headers: ['Idempotent-Replayed'] } },
  refusals: ['ALREADY_EXISTS'],
});

export const removeVenue = operation({
  ...ofOperators,
  id: 'removeVenue',
  method: 'delete',
  path: '/api/admin/venues/{venue_code}',
  summary: 'Remove a venue that no live key is limited to',
  params: z.object({ venue_code: z.string() }),
  answers: { 200: { description: 'The venue as it was.', body: venue } },
  refusals: ['NOT_FOUND', 'VENUE_IN_USE'],
});

export const eraseCustomer = operation({
  ...ofOperators,
  id: 'eraseCustomer',
  method: 'post',
  path: '/api/admin/customers/erase',
  summary: "Erase a customer's personal data, by order or by e-mail address",
  idempotent: true,
  body: z
    .strictObject({
      order_id: id.optional(),
      email: z.email({ error: 'must be an e-mail address' }).max(254).optional(),
    })
    .refine((asked) => (asked.order_id === undefined) !== (asked.email === undefined), {
      error: 'give either order_id or email',
      path: ['order_id'],
    })
    .meta({ id: 'CustomerErasure' }),
  answers: {
    200: {
      description: 'Erased; orders, money and tickets stay. A repeat finds none.',
      body: z.object({ orders_erased: z.int() }).meta({ id: 'ErasedCustomer' }),
    },
  },
  refusals: ['NOT_FOUND'],
});
