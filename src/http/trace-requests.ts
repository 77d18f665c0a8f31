import type { Context, Next } from 'koa';
import { inSpan, linksOf, type Span, SpanKind, SpanStatusCode } from '../tracing/spans.ts';
import { factsOf } from './request-facts.ts';

/** What is asked every few seconds by machines would be most of all traces. */
const untraced = new Set(['/healthz', '/readyz', '/metrics']);

/** A span around each request, until its answer begins. */
export function traceRequests(ctx: Context, next: Next): Promise<void> {
  if (untraced.has(ctx.path)) return next();
  const options = { kind: SpanKind.SERVER, links: linksOf(ctx.headers) };
  return inSpan(ctx.method, options, async (span) => {
    await next();
    if (span.isRecording()) describe(span, ctx);
  });
}

/** Named by the operation, as in the log, with the ids that the log has. */
function describe(span: Span, ctx: Context): void {
  const { operation, ...facts } = factsOf(ctx);
  if (typeof operation === 'string') span.updateName(operation);
  span.setAttributes({
    'http.request.method': ctx.method,
    'http.response.status_code': ctx.status,
    ...(typeof ctx._matchedRoute === 'string' && { 'http.route': ctx._matchedRoute }),
  });
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'string') span.setAttribute(`allotment.${name}`, value);
  }
  if (ctx.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}
