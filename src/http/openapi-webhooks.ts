import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { eventPayload, events } from '../contract/events.ts';
import { ids } from '../contract/examples/story.ts';
import { eventExamples, secret } from '../contract/examples/webhooks.ts';
import { signWebhook } from '../webhooks/standard-webhook.ts';

/** What partners' endpoints receive, one entry for each event, signed with the examples' secret. */
export function webhooks(): ZodOpenApiPathsObject {
  return Object.fromEntries(
    (Object.keys(events) as (keyof typeof events)[]).map((type) => {
      const value = { type, ...eventExamples[type] };
      return [
        type,
        {
          post: {
            operationId: `on:${type}`,
            summary: events[type].summary,
            tags: ['Webhooks'],
            security: [],
            parameters: parametersOf(value, value.timestamp),
            requestBody: {
              required: true,
              content: {
                'application/json': {
                  schema: eventPayload(type, events[type].data),
                  examples: { example: { value } },
                },
              },
            },
            responses: {
              '2XX': { description: 'Taken, within 10 seconds. The body is not read.' },
              '410': { description: 'Disables the endpoint.' },
              default: { description: 'A failure: sent again, for three days.' },
            },
          },
        },
      ];
    }),
  );
}

const explained = {
  'webhook-id': 'The same at each attempt: ignore one that you know.',
  'webhook-timestamp': 'Unix seconds of this attempt. Refuse one that is more than 5 minutes off.',
  'webhook-signature':
    '`v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, keyed with the bytes of your secret. While two secrets are live there are two, with a space between.',
};

function parametersOf(body: object, timestamp: string) {
  return Object.entries(signedHeaders(ids.event, timestamp, body)).map(([name, example]) => ({
    name,
    in: 'header' as const,
    required: true,
    description: explained[name as keyof typeof explained],
    schema: { type: 'string' as const },
    example,
  }));
}

/** The headers of a payment notification with this body. */
export const notificationHeaders = (body: Record<string, unknown> = {}) =>
  signedHeaders('msg_20881', String(body.paid_at), body);

function signedHeaders(id: string, sentAt: string, body: object) {
  const seconds = Math.floor(Date.parse(sentAt) / 1000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signWebhook(secret, id, seconds, JSON.stringify(body)),
  };
}
