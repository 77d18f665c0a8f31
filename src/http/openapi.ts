import { readFileSync } from 'node:fs';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import packageJson from '../../package.json' with { type: 'json' };
import { exampleOf } from '../contract/examples/examples.ts';
import type { Operation } from '../contract/operation.ts';
import { operations } from '../contract/operations.ts';
import { problem } from '../contract/problem.ts';
import { tags } from '../contract/tags.ts';
import { answerContent, headerExample, showParameters } from './openapi-examples.ts';
import { webhooks } from './openapi-webhooks.ts';
import { codesOf, problemExample } from './problem-examples.ts';
import { answers } from './problem.ts';

/** What stands above the operations: read once, at start. */
const introduction = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');

/** The OpenAPI 3.1 document, made from the contract. */
export function openApiDocument(publicUrl: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: describe(operation, publicUrl),
    };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Allotment',
      version: packageJson.version,
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags,
    paths,
    webhooks: webhooks(),
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
        gateSession: {
          type: 'apiKey',
          in: 'cookie',
          name: 'allotment_gate',
          description: 'From `POST /venue/session`, for a page on a phone of the gate.',
        },
        operatorSession: {
          type: 'apiKey',
          in: 'cookie',
          name: 'allotment_operator',
          description: 'From `POST /api/admin/session`, for the dashboard.',
        },
        webhookSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'Standard Webhooks: with webhook-id and webhook-timestamp.',
        },
      },
    },
  });
  return showParameters(document);
}

function describe(operation: Operation, publicUrl: string) {
  const { body, moreBodies } = exampleOf(operation);
  const bodies = Object.entries({ example: body, ...moreBodies }).map(([name, value]) => [name, { value }]);
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
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: operation.body, examples: Object.fromEntries(bodies) },
        },
      },
    }),
    responses: { ...successes(operation, publicUrl), ...refusals(operation, publicUrl) },
  };
}

function securityOf({ caller, session }: Operation) {
  if (caller === 'public') return [];
  if (caller === 'signature') return [{ webhookSignature: [] }];
  return [{ apiKey: [] }, { bearer: [] }, ...(session ? [{ [`${session}Session`]: [] }] : [])];
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

function successes(operation: Operation, publicUrl: string) {
  const example = exampleOf(operation);
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.headers && { headers: headersOfAnswer(answer.headers, Number(status), example) }),
        content: answerContent(answer, example.answers[Number(status)] ?? {}, publicUrl),
      },
    ]),
  );
}

/** The headers that an answer has by its status, beside those that the contract names. */
const headersByStatus: Record<number, string[]> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

const headersOfAnswer = (names: string[], status: number, example: ReturnType<typeof exampleOf>) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { schema: { type: 'string' as const }, example: headerExample(name, status, example) },
    ]),
  );

function refusals(operation: Operation, publicUrl: string) {
  const example = exampleOf(operation);
  const byStatus = Map.groupBy(codesOf(operation), (code) => answers[code].status);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in operation.answers))
      .map(([status, found]) => [
        String(status),
        {
          description: found.map((code) => `${code}: ${answers[code].title}`).join(' · '),
          ...(headersByStatus[status] && {
            headers: headersOfAnswer(headersByStatus[status], status, example),
          }),
          content: {
            'application/problem+json': {
              schema: problem,
              examples: Object.fromEntries(
                found.map((code) => [code, { value: problemExample(example, code, publicUrl) }]),
              ),
            },
          },
        },
      ]),
  );
}
