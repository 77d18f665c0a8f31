import { z } from 'zod';
import { operation } from './operation.ts';

const ofService = { tag: 'Service', caller: 'public', limit: 'none' } as const;

const health = z.object({ status: z.enum(['ok', 'stopping']) });

export const getHealth = operation({
  ...ofService,
  id: 'getHealth',
  method: 'get',
  path: '/healthz',
  summary: 'Alive, and to be given calls',
  answers: {
    200: { description: 'The process answers.', body: health },
    503: { description: 'It is about to end: give its calls to another one.', body: health },
  },
  refusals: [],
});

const readiness = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable', 'stopping']),
    postgres: z.enum(['up', 'down']),
    temporal: z.enum(['up', 'down', 'unknown']),
    workers: z.int(),
    undelivered_commands: z.int(),
    oldest_command_seconds: z.number(),
  })
  .meta({ id: 'Readiness' });

export const getReadiness = operation({
  ...ofService,
  id: 'getReadiness',
  method: 'get',
  path: '/readyz',
  summary: 'Whether sales can be accepted',
  query: z.strictObject({ full: z.enum(['0', '1']).optional() }),
  answers: {
    200: { description: 'PostgreSQL answers; with full=1, all is well.', body: readiness },
    503: {
      description: 'PostgreSQL is away, or this API is about to end; with full=1, something is away.',
      body: readiness,
    },
  },
  refusals: [],
});

export const getVersion = operation({
  ...ofService,
  id: 'getVersion',
  method: 'get',
  path: '/version',
  summary: 'What runs here',
  answers: {
    200: {
      description: 'Name and version.',
      body: z.object({ name: z.string(), version: z.string(), node: z.string() }),
    },
  },
  refusals: [],
});

export const getMetrics = operation({
  ...ofService,
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  summary: 'Metrics for Prometheus; where they have a port of their own, they are there alone',
  answers: {
    200: { description: 'The text format of Prometheus, version 0.0.4.', contentType: 'text/plain' },
  },
  refusals: [],
});
