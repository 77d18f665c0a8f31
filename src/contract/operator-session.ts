import { z } from 'zod';
import { operation } from './operation.ts';
import { signedOut } from './sign-out.ts';

const session = z
  .object({
    partner_id: z.string().meta({ description: 'To whom the key belongs.' }),
    name: z.string(),
    label: z.string().nullable().meta({ description: 'Of the key.' }),
    key_prefix: z.string().meta({ description: 'How the key begins, to recognise it by.' }),
    expires_at: z.iso.datetime().nullable().meta({
      description: 'When the session ends, or its key before it; null: a key that does not expire.',
    }),
  })
  .meta({ id: 'OperatorSession' });

export type OperatorSession = z.infer<typeof session>;

const ofOperators = { tag: 'Operators', caller: 'admin', limit: 'gate' } as const;

export const openOperatorSession = operation({
  ...ofOperators,
  id: 'openOperatorSession',
  method: 'post',
  path: '/api/admin/session',
  summary: 'Sign in to the dashboard: a cookie stands in for the key under /api',
  answers: {
    201: {
      description: 'Signed in. The session ends with its key, and after 12 hours.',
      body: session,
      headers: ['Set-Cookie'],
    },
  },
  refusals: [],
});

export const getOperatorSession = operation({
  ...ofOperators,
  id: 'getOperatorSession',
  method: 'get',
  path: '/api/admin/session',
  summary: 'Who is signed in',
  session: 'operator',
  answers: { 200: { description: 'The session that the cookie carries, or the key.', body: session } },
  refusals: [],
});

export const endOperatorSession = operation({
  id: 'endOperatorSession',
  method: 'delete',
  path: '/api/admin/session',
  summary: 'Sign out of the dashboard',
  tag: 'Operators',
  caller: 'public',
  limit: 'address',
  answers: signedOut,
  refusals: [],
});
