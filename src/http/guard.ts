import { createHash } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import type { Operation } from '../contract/operation.ts';
import type { AnswerKey } from '../db/queries/accepting.ts';
import { type FieldProblem, invalid, Refusal } from '../domain/errors.ts';
import type { z } from 'zod';

const BODY_LIMIT = '256kb';
/** The deepest body of the contract has five levels; what walks through a body does so level by level. */
const MAX_DEPTH = 32;

/** Reads a JSON object, or says what it is instead. The raw text stays in `ctx.request.rawBody`. */
const readJson = bodyParser({
  enableTypes: ['json'],
  jsonLimit: BODY_LIMIT,
  parsedMethods: ['POST'],
  onError: (error) => {
    const status = 'status' in error ? error.status : undefined;
    if (status === 413 || status === 415) throw error;
    throw new Refusal('MALFORMED_REQUEST', 'The body is not well-formed JSON.');
  },
});

/** Finds what a schema cannot know, in a body or a query that need not be well-formed. */
export type AlsoWrong = (
  body: Record<string, unknown>,
  query: Record<string, string | string[] | undefined>,
) => Promise<FieldProblem[]>;

export async function readBody(ctx: Context): Promise<void> {
  const empty =
    ctx.request.length === 0 || (ctx.request.length === undefined && !ctx.get('Transfer-Encoding'));
  const isUtf8 = ctx.request.charset === '' || /^utf-?8$/i.test(ctx.request.charset);
  if (!empty && (!ctx.is('application/json') || !isUtf8)) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json, in UTF-8.');
  }
  if (empty) throw new Refusal('MALFORMED_REQUEST', 'A JSON object is expected as body.');
  await readJson(ctx, async () => {});
  // Where the decoder stands in for bytes that are no UTF-8, the text is not what was sent.
  if (ctx.request.rawBody?.includes('\ufffd')) {
    throw new Refusal('MALFORMED_REQUEST', 'The body is not well-formed UTF-8.');
  }
  const body: unknown = ctx.request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal('MALFORMED_REQUEST', 'The body must be a JSON object.');
  }
  if (isDeeperThan(MAX_DEPTH, body)) {
    throw new Refusal('MALFORMED_REQUEST', `The body is nested more than ${MAX_DEPTH} levels deep.`);
  }
}

/** Level by level and not by recursion, which a deep enough value would end with an overflow of the stack. */
function isDeeperThan(levels: number, value: object): boolean {
  let level = [value];
  for (let depth = 1; depth <= levels; depth += 1) {
    level = level.flatMap((one) => Object.values(one).filter(isObject));
    if (level.length === 0) return false;
  }
  return true;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * The parts of a request by the operation's schemas, or a refusal with every bad field of all of them.
 * `alsoWrong` is asked for a malformed request only: what would be refused later, were the rest right.
 */
export async function validate<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  operation: Operation<P, Q, B>,
  ctx: Context,
  params: Record<string, string>,
  alsoWrong: AlsoWrong | undefined,
): Promise<{ params: z.output<P>; query: z.output<Q>; body: z.output<B> }> {
  const { checked, problems } = checkRequest(operation, {
    params,
    query: { ...ctx.query },
    body: ctx.request.body,
  });
  if (problems.length === 0) return checked;
  const more = alsoWrong
    ? await alsoWrong(ctx.request.body as Record<string, unknown>, { ...ctx.query })
    : [];
  throw invalid(firstOfEachField([...problems, ...more]));
}

/** The parts of a request by the operation's schemas, and everything that these find wrong with it. */
export function checkRequest<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  operation: Operation<P, Q, B>,
  given: { params?: unknown; query?: unknown; body?: unknown },
) {
  const problems: FieldProblem[] = [];
  const check = <T extends z.ZodType>(schema: T | undefined, value: unknown): z.output<T> => {
    if (!schema) return undefined as z.output<T>;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(...parsed.error.issues.flatMap(toProblems));
    return undefined as z.output<T>;
  };
  const checked = {
    params: check(operation.params, given.params),
    query: check(operation.query, given.query),
    body: check(operation.body, given.body),
  };
  return { checked, problems };
}

/** The caller's Idempotency-Key, bare or quoted, with a fingerprint of what was sent under it. */
export function readIdempotencyKey(ctx: Context): AnswerKey[] {
  const header = ctx.headers['idempotency-key'];
  if (header === undefined) return [];
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalid([{ path: ['Idempotency-Key'], message: 'must be 1 to 255 visible ASCII characters' }]);
  }
  return [
    { operation: `${ctx.method} ${ctx.path}`, key, fingerprint: fingerprintOf(ctx.request.body ?? null) },
  ];
}

/** SHA-256 of a JSON value, whatever the order of its members. */
export function fingerprintOf(value: unknown): Buffer {
  return createHash('sha256').update(canonical(value)).digest();
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** What a schema found, by the fields of the wire. */
export function toProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a field of this request' }));
  }
  return [{ path, message: inOurWords(issue) }];
}

/** A schema may find several faults in one field, and what it passes over another check finds again. */
export function firstOfEachField(problems: FieldProblem[]): FieldProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => {
    const field = path.join('.');
    return !seen.has(field) && seen.add(field);
  });
}

/** The two commonest faults, as a person would put them. */
function inOurWords(issue: z.core.$ZodIssue): string {
  if (issue.message.endsWith('received undefined')) return 'is required';
  if (issue.message.endsWith('received NaN')) return 'must be a number';
  return issue.message;
}
