import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import packageJson from '../../package.json' with { type: 'json' };
import type { Operation } from '../contract/operation.ts';
import { operations } from '../contract/operations.ts';
import { problem } from '../contract/problem.ts';
import type { RefusalCode } from '../domain/errors.ts';
import { answers } from './problem.ts';

/** The OpenAPI 3.1 document, made from the contract. */
export function openApiDocument(publicUrl: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Allotment',
      version: packageJson.version,
      description:
        'Hold units of an allotment, order from the hold, pay, and get tickets that a gate redeems. Errors are problem documents (RFC 9457) with a `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
        webhookSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'Standard Webhooks: with webhook-id and webhook-timestamp.',
        },
      },
    },
  });
}

function describe(operation: Operation) {
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    security: securityOf(operation),
    ...(typeof operation.caller === 'string' &&
      !['public', 'signature'].includes(operation.caller) && {
        description: `Needs a key with the permission \`${operation.caller}\`.`,
      }),
    requestParams: {
      ...(operation.params && { path: operation.params as never }),
      ...(operation.query && { query: operation.query as never }),
    },
    ...(headersOf(operation).length > 0 && { parameters: headersOf(operation) }),
    ...(operation.body && {
      requestBody: { required: true, content: { 'application/json': { schema: operation.body } } },
    }),
    responses: { ...successes(operation), ...refusals(operation) },
  };
}

function securityOf({ caller }: Operation) {
  if (caller === 'public') return [];
  return caller === 'signature' ? [{ webhookSignature: [] }] : [{ apiKey: [] }, { bearer: [] }];
}

function headersOf(operation: Operation) {
  if (operation.caller === 'signature') {
    return [
      header('webhook-id', true, 'Unique to a notification; a repeat carries the same.', { type: 'string' }),
      header('webhook-timestamp', true, 'Unix seconds, at most 5 minutes off.', { type: 'string' }),
    ];
  }
  if (!operation.idempotent) return [];
  return [
    header('Idempotency-Key', false, 'The same key and body get the first answer again, for 7 days.', {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
    }),
  ];
}

const header = (name: string, required: boolean, description: string, schema: object) => ({
  name,
  in: 'header' as const,
  required,
  description,
  schema,
});

function successes(operation: Operation) {
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.headers && {
          headers: Object.fromEntries(
            answer.headers.map((name) => [name, { schema: { type: 'string' as const } }]),
          ),
        }),
        content: answer.contentType
          ? { [answer.contentType]: { schema: { type: 'string' as const } } }
          : {
              'application/json': { schema: answer.body as never },
              ...Object.fromEntries(
                (answer.streamed ?? []).map((type) => [type, { schema: { type: 'string' as const } }]),
              ),
            },
      },
    ]),
  );
}

/** What an operation may refuse, with what every call of its kind may. */
function refusals(operation: Operation) {
  const codes: RefusalCode[] = [...operation.refusals, 'INTERNAL_ERROR', 'UNAVAILABLE', 'MALFORMED_REQUEST'];
  if (operation.limit !== 'none') codes.push('RATE_LIMITED');
  if (operation.body) codes.push('UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE');
  if (operation.body || operation.query) codes.push('VALIDATION_FAILED');
  if (operation.idempotent) codes.push('IDEMPOTENCY_KEY_REUSED');
  if (!['public', 'signature'].includes(operation.caller)) {
    codes.push('API_KEY_MISSING', 'API_KEY_INVALID', 'PERMISSION_MISSING', 'PARTNER_SUSPENDED');
  }
  const byStatus = Map.groupBy(new Set(codes), (code) => answers[code].status);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in operation.answers))
      .map(([status, found]) => [
        String(status),
        {
          description: found.map((code) => `${code}: ${answers[code].title}`).join(' · '),
          content: { 'application/problem+json': { schema: problem } },
        },
      ]),
  );
}
