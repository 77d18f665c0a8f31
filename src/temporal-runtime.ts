import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { DefaultLogger, type RuntimeOptions } from '@temporalio/worker';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

/** What the SDK's native part does with its log, and where it tells its own metrics: of task queues, slots and requests. */
export async function runtimeOptions(
  { host, temporalMetricsPort }: Pick<Config, 'host' | 'temporalMetricsPort'>,
  log: Log,
): Promise<RuntimeOptions> {
  const logger = logTo(log);
  if (temporalMetricsPort === null) return { logger };
  const { address } = await lookup(host);
  const prometheus = {
    bindAddress: `${isIPv6(address) ? `[${address}]` : address}:${temporalMetricsPort}`,
    // As Prometheus names things.
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  };
  return { logger, telemetryOptions: { metrics: { prometheus } } };
}

/** The SDK's lines in our log, with a run's id under the name that it has there. */
function logTo(log: Log): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const write = level === 'ERROR' ? log.error : level === 'WARN' ? log.warn : log.info;
    const { error, taskToken: _, workflowId, ...facts } = meta ?? {};
    const told = {
      ...(workflowId !== undefined && { workflow_id: workflowId }),
      ...facts,
      ...(error !== undefined && { err: error }),
    };
    write.call(log, told, message);
  });
}
