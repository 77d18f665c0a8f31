import { z } from 'zod';
import { afterRevocation } from './cursors.ts';
import { operation } from './operation.ts';
import { signedOut } from './sign-out.ts';
import { instant, page } from './values.ts';

const ofGates = {
  tag: 'Tickets and gate',
  caller: 'tickets:redeem',
  limit: 'gate',
  refusals: [],
} as const;

export const openGateSession = operation({
  ...ofGates,
  refusals: [],
  id: 'openGateSession',
  method: 'post',
  path: '/venue/session',
  summary: 'Sign a phone in with a gate key: a cookie stands in for the key under /venue',
  answers: {
    201: {
      description: 'Signed in. The session ends with its key, and after 30 days.',
      body: z.object({ expires_at: z.iso.datetime() }).meta({ id: 'GateSession' }),
      headers: ['Set-Cookie'],
    },
  },
});

export const endGateSession = operation({
  id: 'endGateSession',
  method: 'delete',
  path: '/venue/session',
  summary: 'Sign a phone out',
  tag: 'Tickets and gate',
  caller: 'public',
  limit: 'address',
  answers: signedOut,
  refusals: [],
});

export const getGate = operation({
  ...ofGates,
  refusals: [],
  id: 'getGate',
  method: 'get',
  path: '/venue/gate',
  summary: 'Where a gate may scan, and what it can redeem',
  session: 'gate',
  answers: {
    200: {
      description: 'What a scan may name.',
      body: z
        .object({
          name: z.string().meta({ description: 'Of the partner to whom the key belongs.' }),
          venue_code: z.string().nullable().meta({ description: 'The venue to which the key is limited.' }),
          venues: z.array(z.object({ venue_code: z.string(), name: z.string() })),
          functions: z
            .array(z.object({ function_code: z.string(), label: z.string() }))
            .meta({ description: 'Of all products, those no longer on sale included.' }),
          as_of: z.iso.datetime(),
        })
        .meta({ id: 'Gate' }),
    },
  },
});

export const listRevocations = operation({
  ...ofGates,
  refusals: [],
  id: 'listRevocations',
  method: 'get',
  path: '/venue/revocations',
  summary: 'Codes of tickets that admit nowhere although they are well signed: void, or of the sandbox',
  session: 'gate',
  query: z.strictObject({
    since: instant.optional().meta({ description: 'The `as_of` of the last time; all when absent.' }),
    ...page(afterRevocation, 1_000, 5_000),
  }),
  answers: {
    200: {
      description: 'A page, the oldest first; of one partner’s tickets where the key is limited to them.',
      body: z
        .object({
          items: z.array(z.string()).meta({ description: 'Ticket codes; one may come again.' }),
          next_cursor: z.string().nullable(),
          as_of: z.iso.datetime().meta({
            description: 'For the next `since`. A minute in the past, for what is being committed.',
          }),
        })
        .meta({ id: 'RevocationPage' }),
    },
  },
});
