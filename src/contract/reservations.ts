import { z } from 'zod';
import { orderStatuses, reservationStatuses } from '../domain/states.ts';
import { afterId } from './cursors.ts';
import { operation } from './operation.ts';
import { pricingSnapshot } from './pricing.ts';
import { id, instant, listFilters, page, productId, quantity, reference } from './values.ts';

export const reserve = operation({
  id: 'reserve',
  method: 'post',
  path: '/api/ota/reserve',
  summary: 'Hold units for 24 hours without paying',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  idempotent: true,
  body: z
    .strictObject({
      product_id: productId,
      quantity,
      reservation_expires_at: instant
        .optional()
        .meta({ description: 'From one minute to 24 hours ahead; 24 hours when absent.' }),
      reference: reference.optional(),
    })
    .meta({ id: 'ReserveRequest' }),
  answers: {
    201: {
      description: 'The units are yours until reserved_until.',
      headers: ['Location'],
      body: z
        .object({
          reservation_id: id,
          status: z.literal('held'),
          product_id: productId,
          quantity,
          reserved_until: z.iso.datetime(),
          reference: z.string().nullable(),
          pricing_snapshot: pricingSnapshot,
        })
        .meta({ id: 'Reserved' }),
    },
  },
  refusals: ['ALLOTMENT_EXHAUSTED'],
});

const reservation = z
  .object({
    reservation_id: id,
    status: z.enum(reservationStatuses),
    product_id: productId,
    quantity,
    units: z.object({ held: z.int(), ordered: z.int(), sold: z.int(), released: z.int() }).meta({
      description:
        'held: still kept by the hold; ordered: in orders that live; sold: in confirmed orders; released: back in the pool. held + sold + released = quantity.',
    }),
    reference: z.string().nullable(),
    created_at: z.iso.datetime(),
    reserved_until: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
    pricing_snapshot: pricingSnapshot,
    orders: z.array(
      z.object({
        order_id: id,
        status: z.enum(orderStatuses),
        quantity,
        reference: z.string().nullable(),
        created_at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'Reservation' });

export const listReservations = operation({
  id: 'listReservations',
  method: 'get',
  path: '/api/ota/reservations',
  summary: 'Your reservations, newest first',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  query: z.strictObject({
    status: z.enum(reservationStatuses).optional(),
    ...listFilters,
    ...page(afterId, 50, 500),
  }),
  answers: {
    200: {
      description: 'A page of reservations.',
      body: z
        .object({ items: z.array(reservation), next_cursor: z.string().nullable() })
        .meta({ id: 'ReservationPage' }),
    },
  },
  refusals: [],
});

export const extendReservation = operation({
  id: 'extendReservation',
  method: 'post',
  path: '/api/ota/reservations/{reservation_id}/extend',
  summary: 'Hold longer, up to 24 hours after the hold began',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  idempotent: true,
  params: z.object({ reservation_id: z.string() }),
  body: z.strictObject({ reservation_expires_at: instant }).meta({ id: 'ExtendRequest' }),
  answers: {
    200: {
      description: 'Held until the new time.',
      body: z
        .object({ reservation_id: id, status: z.literal('held'), reserved_until: z.iso.datetime() })
        .meta({ id: 'Extended' }),
    },
  },
  refusals: ['NOT_FOUND', 'RESERVATION_NOT_HELD'],
});

export const getReservation = operation({
  id: 'getReservation',
  method: 'get',
  path: '/api/ota/reservations/{reservation_id}',
  summary: 'A reservation with its units and orders',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  params: z.object({ reservation_id: z.string() }),
  answers: { 200: { description: 'The reservation as it is now.', body: reservation } },
  refusals: ['NOT_FOUND'],
});

export const releaseReservation = operation({
  id: 'releaseReservation',
  method: 'delete',
  path: '/api/ota/reservations/{reservation_id}',
  summary: 'Give the unsold remainder back; paid orders stay',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  params: z.object({ reservation_id: z.string() }),
  answers: { 200: { description: 'Released; a repeat answers the same.', body: reservation } },
  refusals: ['NOT_FOUND', 'RESERVATION_NOT_HELD'],
});
