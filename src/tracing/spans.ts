import {
  type Attributes,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

export { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';

/**
 * The spans of the house, made with OpenTelemetry's API alone. Nothing is recorded, and almost nothing done, in a
 * process that has not begun with `startTracing`.
 */
const tracer = trace.getTracer('allotment');

type SpanOptions = { kind?: SpanKind; attributes?: Attributes; links?: Link[] };

/** Does a piece of work in a span, which is the parent of those that begin meanwhile. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      noteFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span within the one of whoever asks, which the caller ends; undefined where nothing is recorded. */
export function spanWithin(name: string, options: SpanOptions): Span | undefined {
  return trace.getActiveSpan()?.isRecording() ? tracer.startSpan(name, options) : undefined;
}

/** Marks a span as failed, by the error's kind: a message may quote what a caller sent. */
export function noteFailure(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', kindOf(error));
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The present trace as its W3C header says it, to be kept until something goes on with it. */
export function presentTrace(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** Does something as a part of the trace that was kept; of none, where none was. */
export function withinTrace<T>(traceparent: string | undefined, work: () => T): T {
  return context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), work);
}

/** The trace that a stranger's headers name, to be mentioned: whoever calls decides neither ids nor sampling here. */
export function linksOf(headers: Record<string, unknown>): Link[] {
  const named = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
  return named ? [{ context: named }] : [];
}

/** What a log line says of the trace that it belongs to. */
export function tracedAs(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
