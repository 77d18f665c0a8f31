import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { Log } from '../log.ts';

/** What a process hands to Temporal's SDK, so that traces go through it; and the end of it all. */
export type Tracing = {
  clientInterceptors: WorkflowClientInterceptor[];
  activityInterceptors: ActivityInterceptorsFactory[];
  /** For a worker that bundles its workflows. */
  workflows: Required<Pick<WorkerOptions, 'sinks'>> & { interceptorModules: string[] };
  /** Sends what is recorded, as far as the collector takes it in time. */
  stop: () => Promise<void>;
};

/**
 * Begins to record traces in this process and to export them, where that is asked for; else OpenTelemetry's SDK is not
 * even loaded. Where to and how much, the SDK reads from its own variables (OTEL_…).
 */
export async function startTracing(
  { exportsTraces }: { exportsTraces: boolean },
  serviceName: 'allotment-api' | 'allotment-worker',
  log: Log,
): Promise<Tracing | undefined> {
  if (!exportsTraces) return undefined;
  const { openTracing } = await import('./open-tracing.ts');
  return openTracing(serviceName, log);
}
