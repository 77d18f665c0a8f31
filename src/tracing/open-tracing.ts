import { fileURLToPath } from 'node:url';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResourcesSync, envDetectorSync, Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import packageJson from '../../package.json' with { type: 'json' };
import type { Log } from '../log.ts';
import { withinTrace } from './spans.ts';
import type { Tracing } from './start-tracing.ts';

/** Beyond what a process needs to end what it has begun: within the 15 seconds that it has in all. */
const LAST_EXPORT_MS = 3_000;

/**
 * Records spans and exports them by OTLP in batches. At most 2,048 wait (OTEL_BSP_MAX_QUEUE_SIZE), further ones are
 * dropped: a collector that is away or slow holds up nothing.
 */
export function openTracing(serviceName: string, log: Log): Tracing {
  diag.setLogger(warningsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const resource = Resource.default()
    .merge(new Resource({ 'service.name': serviceName, 'service.version': packageJson.version }))
    .merge(detectResourcesSync({ detectors: [envDetectorSync] }));
  const processor = new BatchSpanProcessor(tellingOnce(new OTLPTraceExporter(), log));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({
    contextManager: new AsyncLocalStorageContextManager(),
    propagator: new W3CTraceContextPropagator(),
  });
  return {
    clientInterceptors: [new OpenTelemetryWorkflowClientInterceptor()],
    activityInterceptors: [
      (activity) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(activity),
        outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
      }),
    ],
    workflows: {
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
      interceptorModules: [
        fileURLToPath(
          import.meta.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors'),
        ),
      ],
    },
    stop: async () => {
      const { promise: tooLate, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_EXPORT_MS);
      await Promise.race([provider.shutdown().catch(() => undefined), tooLate]);
      clearTimeout(timer);
    },
  };
}

/** Says once that spans cannot be exported, and once that they can again; the SDK would say it of each batch. */
function tellingOnce(exporter: SpanExporter, log: Log): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      // Of no call's trace, though a call's span has set the timer.
      withinTrace(undefined, () =>
        exporter.export(spans.map(withoutMessages), ({ code, error }) => {
          const failed = code === ExportResultCode.FAILED;
          if (failed && !failing)
            log.warn({ reason: error?.message }, 'traces cannot be exported, trying on');
          if (!failed && failing) log.info('traces are exported again');
          failing = failed;
          done({ code: ExportResultCode.SUCCESS });
        }),
      ),
    shutdown: () => exporter.shutdown(),
  };
}

/**
 * Temporal's interceptors record what an error says, with its stack; a message may quote what a caller sent. Its type
 * stays.
 */
export function withoutMessages(span: ReadableSpan): ReadableSpan {
  const thrown = span.events.find(({ name }) => name === 'exception');
  const type = thrown?.attributes?.['exception.type'];
  const changed = {
    events: span.events.filter(({ name }) => name !== 'exception'),
    status: { code: span.status.code },
    attributes: { ...span.attributes, ...(type !== undefined && { 'error.type': type }) },
  };
  return Object.create(span, Object.getOwnPropertyDescriptors(changed)) as ReadableSpan;
}

function warningsTo(log: Log) {
  const warn = (reason: string) => log.warn({ reason }, 'tracing');
  return { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
}

function ignore(): void {}
