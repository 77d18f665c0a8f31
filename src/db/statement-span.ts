import { noteFailure, type Span, SpanKind, spanWithin } from '../tracing/spans.ts';

/**
 * A span around a statement, named after the tables that it changes, or reads where it changes none. Undefined where
 * nothing is traced: what nobody has asked for, the relay's looks for one, is no trace.
 *
 * Only a text that comes with its values apart is told. The ORM writes values into its texts, and customers with them.
 */
export function spanOf(text: unknown, valuesAreApart: boolean): Span | undefined {
  if (typeof text !== 'string') return undefined;
  const span = spanWithin('statement', {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'postgresql' },
  });
  if (!span) return undefined;
  const summary = valuesAreApart ? summaryOfText(text) : summaryOfOrm(text);
  span.updateName(summary);
  span.setAttribute('db.query.summary', summary);
  if (valuesAreApart) span.setAttribute('db.query.text', text.replaceAll(/\s+/g, ' ').trim());
  return span;
}

/** Ends a span with its statement. */
export function endWith(span: Span, answering: Promise<unknown>): void {
  answering.then(
    () => span.end(),
    (error: unknown) => {
      noteFailure(span, error);
      span.end();
    },
  );
}

/** As the conventions have it. */
const LONGEST_SUMMARY = 255;
const summaries = new Map<string, string>();

function summaryOfText(text: string): string {
  let summary = summaries.get(text);
  if (summary === undefined) {
    const changes = [
      ...text.matchAll(/\b(?:(insert) into|(?<!for |do )(update)|(delete) from)\s+(\w+)/gi),
    ].map(([, insert, update, remove, table]) => `${insert ?? update ?? remove} ${table}`);
    const [, table = ''] = /\b(?:from|join)\s+([a-z_]+)\b(?!\s*\()/i.exec(text) ?? [];
    const whole = changes.length > 0 ? [...new Set(changes)].join(', ') : `select ${table}`;
    summary = whole.trim().slice(0, LONGEST_SUMMARY);
    summaries.set(text, summary);
  }
  return summary;
}

/** Of the beginning alone, where no value stands. */
function summaryOfOrm(text: string): string {
  const known = /^\s*(?:(insert) into|(update)|(delete) from|(select) [^']*? from) "(\w+)"/i.exec(text);
  if (known) return `${known[1] ?? known[2] ?? known[3] ?? known[4]} ${known[5]}`;
  const [verb = 'statement'] =
    /^\s*(?:begin|commit|rollback|select|insert|update|delete)\b/i.exec(text) ?? [];
  return verb.trim();
}
