import { pino } from 'pino';

/** JSON lines on standard output. Keys, signatures and customers never reach it. */
export function createLog(name: string, level: string) {
  return pino({
    name,
    level,
    redact: {
      paths: [
        'req.headers["x-api-key"]',
        'req.headers.authorization',
        'req.headers.cookie',
        'req.headers["webhook-signature"]',
      ],
      censor: '[redacted]',
    },
  });
}
export type Log = ReturnType<typeof createLog>;
