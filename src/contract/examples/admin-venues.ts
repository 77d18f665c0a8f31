import { addVenue, eraseCustomer, listVenues, removeVenue } from '../admin-venues.ts';
import { example, json, pageWith } from './example.ts';
import { at, ids } from './story.ts';

const venue = { venue_code: 'pier-1', name: 'Pier 1', created_at: at.registered };

export const adminVenueExamples = [
  example(listVenues, { query: { limit: 50 }, answers: { 200: pageWith(venue) } }),
  example(addVenue, {
    body: { venue_code: venue.venue_code, name: venue.name },
    answers: { 201: json(venue) },
    problems: { ALREADY_EXISTS: { detail: 'There is a venue pier-1 already.' } },
  }),
  example(removeVenue, { params: { venue_code: venue.venue_code }, answers: { 200: json(venue) } }),
  example(eraseCustomer, { body: { order_id: ids.order }, answers: { 200: json({ orders_erased: 1 }) } }),
];
