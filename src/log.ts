import { type DestinationStream, pino, stdSerializers } from 'pino';
import { tracedAs } from './tracing/spans.ts';

const STANDARD_OUTPUT = 1;
/** What is kept while nothing can be written: some thousand lines. Later ones are lost. */
const KEPT_BYTES = 1024 * 1024;

/** JSON lines, on standard output unless told otherwise. Keys, signatures and customers never reach it. */
export function createLog(name: string, level: string, destination: DestinationStream = standardOutput()) {
  const redact = {
    paths: [
      'req.headers["x-api-key"]',
      'req.headers.authorization',
      'req.headers.cookie',
      'req.headers["webhook-signature"]',
    ],
    censor: '[redacted]',
  };
  return pino({ name, level, redact, mixin: tracedAs, serializers: { err: tellError } }, destination);
}
export type Log = ReturnType<typeof createLog>;

/**
 * A log that cannot be written, on a full disk for one, is no reason to stop selling; nor to try for ever when
 * the process ends, as pino would.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: STANDARD_OUTPUT, maxLength: KEPT_BYTES });
  output.on('error', () => {
    output.flushSync = () => {};
  });
  return output;
}

/**
 * An error with what helps to find its cause, and nothing else of it: PostgreSQL's `detail` quotes the row
 * that it refused, with the customer in it, and drivers put the statement's values beside.
 */
function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return stdSerializers.err(error as Error);
  const { type, message, stack, code, constraint, table, column } = stdSerializers.err(error);
  return { type, message, stack, code, constraint, table, column };
}
