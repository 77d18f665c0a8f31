import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSignedWith } from '../webhooks/standard-webhook.ts';

/**
 * Every so many requests the receiver fails, so that deliveries have to be tried again; the same event only
 * once, as each further attempt waits longer.
 */
const FAULT_EVERY = 7;

export type Receiver = {
  url: string;
  trust: (secret: string) => void;
  /** Distinct events by type. */
  counts: () => Map<string, number>;
  tally: () => { requests: number; faults: number; forged: number; events: number };
  close: () => void;
};

/** A partner's webhook receiver on this machine: checks signatures, drops repeats, and fails now and then. */
export async function openReceiver(): Promise<Receiver> {
  const secrets: string[] = [];
  const events = new Map<string, string>();
  let requests = 0;
  const failed = new Set<string>();
  let forged = 0;

  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    requests += 1;
    const headers = {
      id: String(request.headers['webhook-id']),
      timestamp: String(request.headers['webhook-timestamp']),
      signature: String(request.headers['webhook-signature']),
    };
    if (!secrets.some((secret) => isSignedWith(secret, headers, body))) {
      forged += 1;
      response.writeHead(401).end();
      return;
    }
    if (requests % FAULT_EVERY === 0 && !failed.has(headers.id)) {
      failed.add(headers.id);
      response.writeHead(500).end();
      return;
    }
    events.set(headers.id, (JSON.parse(body) as { type: string }).type);
    response.writeHead(204).end();
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/allotment`,
    trust: (secret) => void secrets.push(secret),
    counts: () => {
      const byType = new Map<string, number>();
      for (const type of events.values()) byType.set(type, (byType.get(type) ?? 0) + 1);
      return byType;
    },
    tally: () => ({ requests, faults: failed.size, forged, events: events.size }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
