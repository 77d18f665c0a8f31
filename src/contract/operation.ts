import type { z } from 'zod';
import type { RefusalCode } from '../domain/errors.ts';
import type { Permission } from '../domain/permissions.ts';

/** Whose page it is that keeps a cookie in place of its key. */
export type SessionName = 'gate' | 'operator';

/** Which counter a call is counted by, a minute at a time. */
export type LimitName = 'partner' | 'gate' | 'webhook' | 'address' | 'none';

export type Answer = {
  description: string;
  body?: z.ZodType;
  /** Of an answer that is not JSON. */
  contentType?: string;
  /** Further representations, chosen by `Accept` and streamed. */
  streamed?: string[];
  /** Further ones that are not text, streamed too. */
  printed?: string[];
  headers?: string[];
};

/**
 * One promise of the public API: from it follow validation, types and the OpenAPI document. Bodies are
 * plain wire shapes: no transforms, so that what is documented is what is checked.
 */
export type Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> = {
  id: string;
  method: 'get' | 'post' | 'delete';
  /** With parameters in braces, as in OpenAPI. */
  path: string;
  summary: string;
  tag: string;
  /** `public`, a payment sender's signature, or an API key with this permission. */
  caller: 'public' | 'signature' | Permission;
  /** The session that stands in for a key, where one may. */
  session?: SessionName;
  limit: LimitName;
  /** Whether `Idempotency-Key` is honoured. */
  idempotent?: boolean;
  params?: Params;
  query?: Query;
  body?: Body;
  answers: Record<number, Answer>;
  /** What it may refuse, beyond what every call of its kind may. */
  refusals: RefusalCode[];
};

/** Keeps the literal types of an operation's schemas, for the handler. */
export function operation<
  Params extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
  Body extends z.ZodType = z.ZodUnknown,
>(definition: Operation<Params, Query, Body>): Operation<Params, Query, Body> {
  return definition;
}
