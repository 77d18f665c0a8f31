import { Readable } from 'node:stream';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Operation, SessionName } from '../contract/operation.ts';
import type { Accepting, AnswerKey } from '../db/queries/accepting.ts';
import type { Admitted } from '../db/queries/admit-callers.ts';
import { authenticate, authorize, type Caller, type Sender, verifySender } from './auth.ts';
import { type AlsoWrong, readBody, readIdempotencyKey, validate } from './guard.ts';
import { noteIds } from './request-facts.ts';
import type { Services } from './services.ts';
import { within } from './within.ts';

/** What a handler is given: the checked parts of the request, and who asks. */
type Call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  ctx: Context;
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  /** Only where the operation needs a key. */
  caller: Caller;
  /** Only where the operation needs a signature. */
  sender: Sender;
  answerKeys: AnswerKey[];
};
type Reply = { status: number; body: unknown; headers?: Record<string, string> };

/**
 * Puts an operation of the contract on the router: who calls, how often, what is asked, then the handler,
 * and in development a check that the answer is what the contract promises.
 */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  router: Router,
  services: Services,
  operation: Operation<P, Q, B>,
  handler: (call: Call<P, Q, B>) => Promise<Reply> | Reply,
  alsoWrong?: AlsoWrong,
): void {
  const path = operation.path.replace(/\{(\w+)\}/g, ':$1');
  router[operation.method](path, async (ctx: Context & { params: Record<string, string> }) => {
    ctx.state.operation = operation.id;
    const mayTakeMs = services.config.databasePatienceMs + BESIDES_MS;
    const knockedAt = performance.now();
    const admitting = admit(ctx, services, operation);
    // A sender's body is read while it is admitted, and takes the sender's own time.
    const readsBody = operation.caller === 'signature';
    const { caller, sender } = await (readsBody ? admitting : within(mayTakeMs, admitting));
    const spentMs = readsBody ? 0 : performance.now() - knockedAt;
    if (operation.body && !readsBody) await readBody(ctx);
    const answerKeys = operation.idempotent ? readIdempotencyKey(ctx) : [];
    const answer = async () => {
      const checked = await validate(operation, ctx, ctx.params, alsoWrong);
      noteIds(ctx, checked.params);
      noteIds(ctx, checked.body);
      return handler({ ctx, ...checked, caller, sender, answerKeys } as Call<P, Q, B>);
    };
    // An operator's change takes the time it takes.
    const isOperators = operation.caller === 'admin';
    const reply = await (isOperators ? answer() : within(mayTakeMs - spentMs, answer(), endStream));
    noteIds(ctx, reply.body);
    if (services.config.development) keepsPromise(operation, reply);
    ctx.status = reply.status;
    ctx.set(reply.headers ?? {});
    ctx.body = reply.body;
  });
}

/** What the steps of a call may take beyond waiting for PostgreSQL: together less than the 2 seconds promised. */
const BESIDES_MS = 250;

/** A stream that nobody reads would keep its connection. */
const endStream = ({ body }: Reply): void => {
  if (body instanceof Readable) body.destroy();
};

/** Finds out who calls, counts the call, and refuses what they may not. */
async function admit(
  ctx: Context,
  services: Services,
  operation: Operation,
): Promise<{ caller?: Caller; sender?: Sender }> {
  const { limits } = services;
  if (operation.caller === 'public') {
    if (operation.limit !== 'none') {
      await limits.consume(ctx, 'address', ctx.ip, limits.sizeOf('address'));
    }
    return {};
  }
  if (operation.caller === 'signature') {
    await limits.consume(ctx, 'webhook', ctx.ip, limits.sizeOf('webhook'));
    await readBody(ctx);
    const headers = {
      id: ctx.get('webhook-id'),
      timestamp: ctx.get('webhook-timestamp'),
      signature: ctx.get('webhook-signature'),
    };
    return { sender: await verifySender(headers, ctx.request.rawBody ?? '', services) };
  }
  const name = operation.limit === 'partner' ? 'partner' : 'gate';
  const {
    used,
    ms_left: msLeft,
    ...caller
  } = await authenticateCounted(ctx, services, name, operation.session);
  ctx.state.partner = caller.partner_id;
  const size = limits.sizeOf(name, caller.partner_per_minute, caller.key_per_minute);
  limits.tell(ctx, name, size, { used, msLeft });
  authorize(caller, operation.caller);
  return { caller };
}

/** Callers without a valid key are counted by their address, so that keys cannot be guessed at leisure. */
async function authenticateCounted(
  ctx: Context,
  services: Services,
  limit: 'partner' | 'gate',
  session: SessionName | undefined,
): Promise<Admitted> {
  try {
    return await authenticate(ctx, services, limit, session);
  } catch (refusal) {
    const { limits } = services;
    await limits.consume(ctx, 'address', ctx.ip, limits.sizeOf('address'));
    throw refusal;
  }
}

function keepsPromise(operation: Operation, reply: Reply): void {
  const answer = operation.answers[reply.status];
  if (!answer) throw new Error(`${operation.id} does not promise a ${reply.status}`);
  if (!(reply.body instanceof Readable)) answer.body?.parse(reply.body);
}

/** The caller's side of an accepting transaction. */
export function acceptingFor(ctx: Context, caller: Caller, answerKeys: AnswerKey[] = []): Accepting {
  return {
    partnerId: caller.partner_id,
    channel: caller.channel,
    keyId: caller.key_id,
    requestId: ctx.state.requestId as string,
    answerKeys,
  };
}

/** The header of an answer that was kept from the first time. */
export const replayedHeader = (replayed: boolean): Record<string, string> =>
  replayed ? { 'Idempotent-Replayed': 'true' } : {};
