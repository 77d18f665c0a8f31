import { pino } from 'pino';

const STANDARD_OUTPUT = 1;
/** What is kept while nothing can be written: some thousand lines. Later ones are lost. */
const KEPT_BYTES = 1024 * 1024;

/** JSON lines on standard output. Keys, signatures and customers never reach it. */
export function createLog(name: string, level: string) {
  const redact = {
    paths: [
      'req.headers["x-api-key"]',
      'req.headers.authorization',
      'req.headers.cookie',
      'req.headers["webhook-signature"]',
    ],
    censor: '[redacted]',
  };
  const output = pino.destination({ dest: STANDARD_OUTPUT, maxLength: KEPT_BYTES });
  // A log that cannot be written, on a full disk for one, is no reason to stop selling; nor to try for ever
  // when the process ends, as pino would.
  output.on('error', () => {
    output.flushSync = () => {};
  });
  return pino({ name, level, redact }, output);
}
export type Log = ReturnType<typeof createLog>;
