import { extendHold, releaseHold } from '../admin-reservations.ts';
import { example, json } from './example.ts';
import { at, ids, partnerId } from './story.ts';

const params = { reservation_id: ids.shortReservation };
const held = {
  reservation_id: ids.shortReservation,
  partner_id: partnerId,
  status: 'held',
  units: { held: 2, ordered: 0, sold: 0, released: 0 },
  reserved_until: at.prolongedEnd,
  ended_at: null,
};

export const adminReservationExamples = [
  example(extendHold, { params, body: { hours: 4 }, answers: { 200: json(held) } }),
  example(releaseHold, {
    params,
    answers: {
      200: json({
        ...held,
        status: 'released',
        units: { ...held.units, held: 0, released: 2 },
        ended_at: at.released,
      }),
    },
    problems: {
      RESERVATION_NOT_HELD: {
        detail: `Reservation ${ids.shortReservation} is expired; only a held reservation can be changed. Make a new one.`,
        facts: { reservation_status: 'expired' },
      },
    },
  }),
];
