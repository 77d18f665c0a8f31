import type { createDocument } from 'zod-openapi';
import type { AnswerExample, Example } from '../contract/examples/example.ts';
import { exampleOf } from '../contract/examples/examples.ts';
import { ids, partnerId } from '../contract/examples/story.ts';
import type { Answer } from '../contract/operation.ts';
import { operations } from '../contract/operations.ts';
import { notificationHeaders } from './openapi-webhooks.ts';
import { CHALLENGE, RETRY_AFTER_SECONDS } from './problem.ts';
import { perMinute, SECONDS_LEFT } from './problem-examples.ts';

type Document = ReturnType<typeof createDocument>;

/** What an answer contains, in each representation, with its examples. */
export function answerContent(answer: Answer, example: AnswerExample, publicUrl: string) {
  const text = { type: 'string' as const };
  const file = (type: string) => {
    const shown = example.text?.[type];
    const externalValue = `${publicUrl}/docs/${exampleFiles[type]}`;
    return {
      schema: type === 'image/svg+xml' || shown ? text : { ...text, format: 'binary' },
      examples: { example: shown ? { value: shown } : { externalValue } },
    };
  };
  if (answer.contentType) return { [answer.contentType]: file(answer.contentType) };
  const named = Object.entries(example.json ?? {}).map(([name, value]) => [name, { value }]);
  return {
    'application/json': { schema: answer.body as never, examples: Object.fromEntries(named) },
    ...Object.fromEntries(
      (answer.streamed ?? []).map((type) => [
        type,
        { schema: text, examples: { example: { value: example.text?.[type] } } },
      ]),
    ),
    ...Object.fromEntries((answer.printed ?? []).map((type) => [type, file(type)])),
  };
}

/** What an example cannot quote, it points to: files below /docs. */
const exampleFiles: Record<string, string> = {
  'image/svg+xml': 'ticket.svg',
  'image/png': 'ticket.png',
  'application/pdf': 'ticket.pdf',
  'application/zip': 'tickets.zip',
};

/** What a header of an answer looks like. */
export function headerExample(name: string, status: number, { operation, location }: Example): string {
  switch (name) {
    case 'Location':
      return location ?? '';
    case 'Set-Cookie':
      return operation.path.startsWith('/venue')
        ? 'allotment_gate=eyJhbGciOiJFZERTQSJ9…; Path=/venue; HttpOnly; SameSite=Strict; Secure'
        : 'allotment_operator=eyJhbGciOiJFZERTQSJ9…; Path=/api; HttpOnly; SameSite=Strict; Secure';
    case 'WWW-Authenticate':
      return CHALLENGE;
    case 'RateLimit':
      return `"${operation.limit}";r=0;t=${SECONDS_LEFT}`;
    case 'RateLimit-Policy':
      return `"${operation.limit}";q=${perMinute[operation.limit]};w=60`;
    case 'Retry-After':
      return status === 429 ? String(SECONDS_LEFT) : RETRY_AFTER_SECONDS;
    default:
      return 'true';
  }
}

/** Parameters that mean the same wherever they are, and that an example need not use. */
const everywhere: Record<string, string> = {
  cursor: Buffer.from(`after:${ids.reservation}`).toString('base64url'),
  partner_id: partnerId,
  format: 'csv',
  'Idempotency-Key': 'hold-20881',
};

/**
 * Gives every parameter its example. Only what a call cannot do without gets one that the page fills into
 * its form: a cursor or an Idempotency-Key that was filled in unasked would spoil the call.
 */
export function showParameters(document: Document): Document {
  for (const operation of operations) {
    const example = exampleOf(operation);
    const values: Record<string, unknown> = {
      ...everywhere,
      ...(operation.caller === 'signature' && notificationHeaders(example.body)),
      ...example.params,
      ...example.query,
    };
    for (const parameter of document.paths?.[operation.path]?.[operation.method]?.parameters ?? []) {
      if (!('schema' in parameter) || typeof parameter.schema !== 'object') continue;
      if (parameter.required) parameter.example = values[parameter.name];
      else parameter.schema = { ...parameter.schema, examples: [values[parameter.name]] };
    }
  }
  return document;
}
