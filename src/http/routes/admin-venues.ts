import type { Router } from '@koa/router';
import { eraseCustomer } from '../../accept/erase-customer.ts';
import { addVenue, removeVenue } from '../../accept/manage-venues.ts';
import * as contract from '../../contract/admin-venues.ts';
import { venueCode as venueCodeSchema } from '../../contract/values.ts';
import { Venue } from '../../db/entities/operator.ts';
import { notFound } from '../../domain/errors.ts';
import { pageOf, readTextCursor } from '../lists.ts';
import { presentVenue } from '../present/operators.ts';
import { knownUuid } from '../read-operators.ts';
import { acceptingFor, route } from '../route.ts';
import type { Services } from '../services.ts';

/** Venues, and the erasure of customers' personal data. */
export function adminVenueRoutes(router: Router, services: Services): void {
  const { fork } = services;

  route(router, services, contract.listVenues, async ({ query }) => {
    const found = await fork().find(
      Venue,
      { venueCode: { $gt: readTextCursor(query.cursor) } },
      { orderBy: { venueCode: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ venueCode }) => venueCode);
    return { status: 200, body: { items: items.map(presentVenue), next_cursor } };
  });

  route(router, services, contract.addVenue, async ({ ctx, caller, body }) => {
    const { venue_code: venueCode, name } = body;
    await addVenue(fork(), acceptingFor(ctx, caller), { venueCode, name });
    return { status: 201, body: presentVenue(await fork().findOneOrFail(Venue, { venueCode })) };
  });

  route(router, services, contract.removeVenue, async ({ ctx, caller, params }) => {
    const venueCode = params.venue_code;
    const isCode = venueCodeSchema.safeParse(venueCode).success;
    const venue = isCode ? await fork().findOne(Venue, { venueCode }) : null;
    if (!venue) throw notFound('venue', venueCode);
    await removeVenue(fork(), acceptingFor(ctx, caller), venueCode);
    return { status: 200, body: presentVenue(venue) };
  });

  route(router, services, contract.eraseCustomer, async ({ ctx, caller, body }) => {
    const { order_id, email = '' } = body;
    const whose = order_id === undefined ? { email } : { orderId: knownUuid('order', order_id) };
    const erased = await eraseCustomer(fork(), acceptingFor(ctx, caller), whose);
    return { status: 200, body: { orders_erased: erased } };
  });
}
