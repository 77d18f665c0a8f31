import { z } from 'zod';
import { expiryProblems, keyProblems } from '../accept/manage-keys.ts';
import { instant, partnerId, venueCode } from '../contract/values.ts';
import type { FieldProblem } from '../domain/errors.ts';
import type { Services } from './services.ts';

/** What a malformed body tells of a key: each field by itself, absent where it is not valid. */
const told = z.object({
  permissions: z.array(z.unknown()).optional().catch(undefined),
  scope: z
    .object({
      venue_code: venueCode.optional().catch(undefined),
      partner_id: partnerId.optional().catch(undefined),
    })
    .catch({}),
  expires_at: instant
    .transform((text) => new Date(text))
    .nullable()
    .catch(null),
});

/** What accepting a new key would refuse, of the fields that are valid. */
export async function newKeyProblems(
  { fork }: Services,
  body: Record<string, unknown>,
): Promise<FieldProblem[]> {
  const { permissions, scope, expires_at: expiresAt } = told.parse(body);
  return keyProblems(fork(), { permissions, scope, expiresAt });
}

/** What accepting another end of a key would refuse. */
export function keyEndProblems({ fork }: Services, body: Record<string, unknown>): Promise<FieldProblem[]> {
  return expiryProblems(fork(), told.parse(body).expires_at);
}
