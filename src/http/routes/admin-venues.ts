import type { Router } from '@koa/router';
import { eraseCustomer } from '../../accept/erase-customer.ts';
import { addVenue, removeVenue } from '../../accept/manage-venues.ts';
import * as contract from '../../contract/admin-venues.ts';
import { Venue } from '../../db/entities/operator.ts';
import { pageOf } from '../lists.ts';
import { presentVenue } from '../present/operators.ts';
import { knownUuid, readVenue } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** Venues, and the erasure of customers' personal data. */
export function adminVenueRoutes(router: Router, services: Services): void {
  const { fork } = services;

  route(router, services, contract.listVenues, async ({ query }) => {
    const found = await fork().find(
      Venue,
      { venueCode: { $gt: query.cursor ?? '' } },
      { orderBy: { venueCode: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ venueCode }) => venueCode);
    return { status: 200, body: { items: items.map(presentVenue), next_cursor } };
  });

  route(router, services, contract.addVenue, async ({ ctx, caller, body, answerKeys }) => {
    const { venue_code: venueCode, name } = body;
    const by = acceptingFor(ctx, caller, answerKeys);
    const added = await addVenue(fork(), by, { venueCode, name }, (tx) => readVenue(tx, venueCode));
    return { status: 201, body: added.result, headers: replayedHeader(added.replayed) };
  });

  route(router, services, contract.removeVenue, async ({ ctx, caller, params }) => {
    const venueCode = params.venue_code;
    const venue = await readVenue(fork(), venueCode);
    await removeVenue(fork(), acceptingFor(ctx, caller), venueCode);
    return { status: 200, body: venue };
  });

  route(router, services, contract.eraseCustomer, async ({ ctx, caller, body, answerKeys }) => {
    const { order_id, email = '' } = body;
    const whose = order_id === undefined ? { email } : { orderId: knownUuid('order', order_id) };
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await eraseCustomer(fork(), by, whose, (_, orders) => ({
      orders_erased: orders,
    }));
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });
}
