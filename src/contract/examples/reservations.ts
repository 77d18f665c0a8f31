import {
  extendReservation,
  getReservation,
  listReservations,
  releaseReservation,
  reserve,
} from '../reservations.ts';
import { advanceReservation } from '../sandbox.ts';
import { example, json, pageWith } from './example.ts';
import { snapshot } from './prices.ts';
import { at, DAY, ids, partnerName, references } from './story.ts';

const params = { reservation_id: ids.reservation };

/** After its order was paid: two of five units are left. */
const reservation = {
  reservation_id: ids.reservation,
  status: 'held',
  product_id: 106,
  quantity: 5,
  units: { held: 2, ordered: 3, sold: 3, released: 0 },
  reference: references.reservation,
  created_at: at.held,
  reserved_until: at.heldUntil,
  ended_at: null,
  pricing_snapshot: snapshot,
  orders: [
    {
      order_id: ids.order,
      status: 'fulfilled',
      quantity: 3,
      reference: references.order,
      created_at: at.ordered,
    },
  ],
};
const released = {
  ...reservation,
  status: 'released',
  units: { held: 0, ordered: 3, sold: 3, released: 2 },
  ended_at: at.released,
};

export const reservationExamples = [
  example(reserve, {
    body: { product_id: 106, quantity: 5, reference: references.reservation },
    moreBodies: {
      'for less than a day': { product_id: 107, quantity: 2, reservation_expires_at: at.shortEnd },
    },
    location: `/api/ota/reservations/${ids.reservation}`,
    answers: {
      201: json({
        reservation_id: ids.reservation,
        status: 'held',
        product_id: 106,
        quantity: 5,
        reserved_until: at.heldUntil,
        reference: references.reservation,
        pricing_snapshot: snapshot,
      }),
    },
  }),
  example(listReservations, {
    query: {
      status: 'held',
      product_id: 106,
      reference: references.reservation,
      from: DAY,
      to: DAY,
      limit: 50,
    },
    answers: { 200: pageWith(reservation) },
  }),
  example(getReservation, { params, answers: { 200: json(reservation) } }),
  example(extendReservation, {
    params: { reservation_id: ids.shortReservation },
    body: { reservation_expires_at: at.extendedEnd },
    answers: {
      200: json({ reservation_id: ids.shortReservation, status: 'held', reserved_until: at.extendedEnd }),
    },
  }),
  example(releaseReservation, {
    params,
    answers: { 200: json(released) },
    problems: {
      RESERVATION_NOT_HELD: {
        detail: `Reservation ${ids.reservation} is expired; only a held reservation can be changed. Make a new one.`,
        facts: { reservation_status: 'expired' },
      },
    },
  }),
  example(advanceReservation, {
    params: { reservation_id: ids.testReservation },
    body: { seconds: 86_400 },
    answers: {
      200: json({ reservation_id: ids.testReservation, reserved_until: '2030-06-02T01:00:05.000Z' }),
    },
    problems: {
      PERMISSION_MISSING: {
        detail: `Time passes by itself for ${partnerName}; only a test partner's key, alt_test_…, moves it on.`,
      },
    },
  }),
];
