import { describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { withoutMessages } from '../../src/tracing/open-tracing.ts';

describe('a span that is exported', () => {
  it('names the type of an error, and says nothing of what its message quotes', () => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const span = provider
      .getTracer('test')
      .startSpan('RunActivity:fulfilOrder', { attributes: { run: 'r' } });
    span.addEvent('began');
    span.recordException(new TypeError('guest@example.com is no number'));
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'guest@example.com is no number' });
    span.end();
    const [recorded] = exporter.getFinishedSpans();
    const told = withoutMessages(recorded!);
    expect(told.events.map(({ name }) => name)).toEqual(['began']);
    expect(told.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(told.attributes).toEqual({ run: 'r', 'error.type': 'TypeError' });
    expect([told.name, told.spanContext().traceId]).toEqual([recorded!.name, span.spanContext().traceId]);
  });
});
