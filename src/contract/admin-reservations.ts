import { z } from 'zod';
import { reservationStatuses } from '../domain/states.ts';
import { operation } from './operation.ts';
import { id, instant } from './values.ts';

const ofOperators = { tag: 'Operators', caller: 'admin', session: 'operator', limit: 'gate' } as const;
const params = z.object({ reservation_id: z.string() });

const hold = z
  .object({
    reservation_id: id,
    partner_id: z.string(),
    status: z.enum(reservationStatuses),
    units: z.object({ held: z.int(), ordered: z.int(), sold: z.int(), released: z.int() }),
    reserved_until: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Hold', description: 'A hold as an operator has changed it.' });

export const releaseHold = operation({
  ...ofOperators,
  id: 'releaseHold',
  method: 'post',
  path: '/api/admin/reservations/{reservation_id}/release',
  summary: 'Give the unsold remainder of whoever’s hold back; paid orders stay',
  idempotent: true,
  params,
  answers: {
    200: {
      description: 'Released; a repeat answers the same.',
      body: hold,
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['NOT_FOUND', 'RESERVATION_NOT_HELD'],
});

export const extendHold = operation({
  ...ofOperators,
  id: 'extendHold',
  method: 'post',
  path: '/api/admin/reservations/{reservation_id}/extend',
  summary: 'Keep whoever’s hold open longer, up to 7 days after it began',
  idempotent: true,
  params,
  body: z
    .strictObject({
      hours: z.int().min(1).max(72).meta({ description: 'How much later than its present end it ends.' }),
      expires_at: instant.optional().meta({
        description:
          'Its present end as far as you know. When it has another one by now, nothing is added (422).',
      }),
    })
    .meta({ id: 'ProlongRequest' }),
  answers: {
    200: { description: 'Held until the new time.', body: hold, headers: ['Idempotent-Replayed'] },
  },
  refusals: ['NOT_FOUND', 'RESERVATION_NOT_HELD'],
});
