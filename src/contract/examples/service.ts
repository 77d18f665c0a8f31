import { getHealth, getMetrics, getReadiness, getVersion } from '../service.ts';
import { example, json } from './example.ts';

const ready = {
  status: 'ready',
  postgres: 'up',
  temporal: 'up',
  workers: 1,
  undelivered_commands: 0,
  oldest_command_seconds: 0,
};

const metrics = `# HELP allotment_http_requests_total Requests, by operation of the contract, method and status.
# TYPE allotment_http_requests_total counter
allotment_http_requests_total{operation="reserve",method="POST",status="201"} 417
`;

export const serviceExamples = [
  example(getHealth, { answers: { 200: json({ status: 'ok' }), 503: json({ status: 'stopping' }) } }),
  example(getReadiness, {
    query: { full: '1' },
    answers: {
      200: json(ready),
      503: {
        json: {
          degraded: {
            ...ready,
            status: 'degraded',
            workers: 0,
            undelivered_commands: 12,
            oldest_command_seconds: 41.5,
          },
          unavailable: { ...ready, status: 'unavailable', postgres: 'down', temporal: 'unknown', workers: 0 },
        },
      },
    },
  }),
  example(getMetrics, { answers: { 200: { text: { 'text/plain': metrics } } } }),
  example(getVersion, { answers: { 200: json({ name: 'allotment', version: '0.1.0', node: 'v24.21.0' }) } }),
];
