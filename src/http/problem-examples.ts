import type { Example } from '../contract/examples/example.ts';
import { problemExamples } from '../contract/examples/problems.ts';
import { ids } from '../contract/examples/story.ts';
import type { Operation } from '../contract/operation.ts';
import { invalid, notFound, Refusal, type RefusalCode } from '../domain/errors.ts';
import { checkRequest, firstOfEachField } from './guard.ts';
import { problemDocument } from './problem.ts';

/** The limits as they are unless the environment or a partner's own says otherwise. */
export const perMinute = { partner: 100, gate: 6_000, webhook: 6_000, address: 600, none: 0 };
/** What is left of the minute in the examples. */
export const SECONDS_LEFT = 17;

/** What an operation may refuse, with what every call of its kind may. */
export function codesOf(operation: Operation): RefusalCode[] {
  const codes: RefusalCode[] = [...operation.refusals, 'INTERNAL_ERROR', 'UNAVAILABLE', 'MALFORMED_REQUEST'];
  if (operation.limit !== 'none') codes.push('RATE_LIMITED');
  if (operation.body) codes.push('UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE');
  if (operation.body || operation.query) codes.push('VALIDATION_FAILED');
  if (operation.idempotent) codes.push('IDEMPOTENCY_KEY_REUSED');
  if (!['public', 'signature'].includes(operation.caller)) {
    codes.push('API_KEY_MISSING', 'API_KEY_INVALID', 'PERMISSION_MISSING', 'PARTNER_SUSPENDED');
  }
  return [...new Set(codes)];
}

/** The problem document that refuses an operation's example with this code. */
export function problemExample(example: Example, code: RefusalCode, publicUrl: string) {
  return problemDocument(refusalOf(example, code), {
    publicUrl,
    instance: pathOf(example),
    requestId: ids.request,
  });
}

/** An operation's path with the parameters of its example. */
export const pathOf = ({ operation, params }: Example): string =>
  operation.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');

/** The example's request with a member too many, one missing and no page at all, as far as it has them. */
export function malformed({ operation, query, body }: Example) {
  const [, ...rest] = Object.entries(body ?? {});
  return {
    query: operation.query ? { ...query, ...('limit' in query && { limit: 0 }), colour: 'red' } : query,
    body: operation.body ? { ...Object.fromEntries(rest), colour: 'red' } : undefined,
  };
}

function refusalOf(example: Example, code: RefusalCode): Refusal {
  const { operation, params, problems } = example;
  const ofItsOwn = problems[code];
  if (ofItsOwn) return new Refusal(code, ofItsOwn.detail, ofItsOwn.facts ? { facts: ofItsOwn.facts } : {});
  switch (code) {
    case 'NOT_FOUND':
      return nothingThere(example);
    case 'PERMISSION_MISSING':
      return new Refusal(code, `This key lacks the permission ${operation.caller}.`);
    case 'VALIDATION_FAILED':
      return invalid(firstOfEachField(checkRequest(operation, { params, ...malformed(example) }).problems));
    case 'MALFORMED_REQUEST':
      if (operation.body) return new Refusal(code, 'The body is not well-formed JSON.');
      break;
    case 'RATE_LIMITED':
      return new Refusal(
        code,
        `More than ${perMinute[operation.limit]} requests a minute. Try again in ${SECONDS_LEFT} s.`,
      );
  }
  const { detail, facts } = problemExamples[code];
  return new Refusal(code, detail, facts ? { facts } : {});
}

const nouns: Record<string, string> = {
  reservation_id: 'reservation',
  order_id: 'order',
  endpoint_id: 'webhook endpoint',
  delivery_id: 'delivery',
  code: 'ticket',
  product_id: 'product',
  payment_id: 'payment',
  refund_id: 'refund',
  partner_id: 'partner',
  key_id: 'key',
  rule_id: 'cut-off rule',
  venue_code: 'venue',
};

/** What the request names first is what is not there. */
function nothingThere({ operation, params, query, body }: Example): Refusal {
  const named = Object.entries({ ...params, ...query, ...body }).find(([name]) => name in nouns);
  if (!named) throw new Error(`the example of ${operation.id} names nothing that could be missing`);
  return notFound(nouns[named[0]] ?? '', String(named[1]));
}
