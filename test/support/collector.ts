import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
// The exporter's own reading of the protocol, as it was generated from the protocol's definition.
import otlp from '@opentelemetry/otlp-transformer/build/src/generated/root.js';

/** A span as a collector is told of it. */
export type CollectedSpan = {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  kind: number;
  failed: boolean;
  attributes: Record<string, unknown>;
  links: string[];
};

/** A collector for OTLP over HTTP: it keeps what it is told, or takes requests and answers none. */
export async function openCollector({ answers = true } = {}) {
  const spans: CollectedSpan[] = [];
  const received: Buffer[] = [];
  const server = createServer((request, response) => {
    const take = async () => {
      const body = await readBody(request);
      received.push(body);
      if (!answers) return;
      if (request.method === 'POST' && request.url === '/v1/traces') spans.push(...spansIn(body));
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    };
    void take();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** All that has arrived, as text. */
    text: () => Buffer.concat(received).toString('latin1'),
    /** A span with the names of its parents, nearest first. */
    pathOf: (span: CollectedSpan): string[] => {
      const path = [];
      for (let one: CollectedSpan | undefined = span; one; one = parentOf(spans, one)) path.push(one.name);
      return path;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const parentOf = (spans: CollectedSpan[], { traceId, parentSpanId }: CollectedSpan) =>
  spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await buffer(request);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

const FAILED = 2;
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** What is read of a request; the generated code comes without types. */
type ExportRequest = {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        name: string;
        traceId: Uint8Array;
        spanId: Uint8Array;
        parentSpanId?: Uint8Array;
        kind: number;
        status?: { code: number };
        attributes: Attribute[];
        links: { traceId: Uint8Array }[];
      }[];
    }[];
  }[];
};
type Attribute = { key: string; value: { stringValue?: string; intValue?: unknown } };
type Decoder = { decode(body: Buffer): ExportRequest };

const { ExportTraceServiceRequest: requests } = (
  otlp as unknown as {
    opentelemetry: {
      proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Decoder } } } };
    };
  }
).opentelemetry.proto.collector.trace.v1;

function spansIn(body: Buffer): CollectedSpan[] {
  return requests.decode(body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service,
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        kind: span.kind,
        failed: span.status?.code === FAILED,
        attributes: attributesOf(span.attributes),
        links: span.links.map((link) => hex(link.traceId)),
      })),
    );
  });
}

const attributesOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
