import { type DestinationStream, pino, stdSerializers } from 'pino';

/** JSON lines, on standard output unless told otherwise. Keys, signatures and customers never reach it. */
export function createLog(name: string, level: string, destination?: DestinationStream) {
  const options = {
    name,
    level,
    serializers: { err: tellError },
    redact: {
      paths: [
        'req.headers["x-api-key"]',
        'req.headers.authorization',
        'req.headers.cookie',
        'req.headers["webhook-signature"]',
      ],
      censor: '[redacted]',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
export type Log = ReturnType<typeof createLog>;

/**
 * An error with what helps to find its cause, and nothing else of it: PostgreSQL's `detail` quotes the row
 * that it refused, with the customer in it, and drivers put the statement's values beside.
 */
function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return stdSerializers.err(error as Error);
  const { type, message, stack, code, constraint, table, column } = stdSerializers.err(error);
  return { type, message, stack, code, constraint, table, column };
}
