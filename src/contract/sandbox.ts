import { z } from 'zod';
import { operation } from './operation.ts';
import { id } from './values.ts';

export const advanceReservation = operation({
  id: 'advanceReservation',
  method: 'post',
  path: '/api/ota/sandbox/reservations/{reservation_id}/advance',
  summary: 'Let time pass for a hold of a test partner',
  tag: 'Agencies',
  caller: 'reservations:write',
  limit: 'partner',
  idempotent: true,
  params: z.object({ reservation_id: z.string() }),
  body: z
    .strictObject({
      seconds: z.int().min(1).max(86_400).meta({ description: 'How much nearer the end comes.' }),
    })
    .meta({ id: 'AdvanceRequest' }),
  answers: {
    200: {
      description: 'The end of the hold, now or later. One that is reached expires within a moment.',
      body: z.object({ reservation_id: id, reserved_until: z.iso.datetime() }).meta({ id: 'Advanced' }),
    },
  },
  refusals: ['PERMISSION_MISSING', 'NOT_FOUND', 'RESERVATION_NOT_HELD'],
});
