import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from './eventually.ts';
import type { House } from './house.ts';

export type Received = { path: string; headers: IncomingHttpHeaders; text: string };
export type Event = { type: string; timestamp: string; data: Record<string, unknown> };

/** A partner's receiver: keeps what comes and answers as the test says. */
export type Receiver = {
  url: string;
  received: Received[];
  /** Decides the answer to each request from now on; 204 until it is set. */
  answer: (request: Received) => { status: number; headers?: Record<string, string>; body?: string };
  /** The events that came to a path, checked with the reference library against a secret. */
  events(path: string, secret: string): Event[];
  close(): Promise<void>;
};

export async function openReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        path: request.url ?? '',
        headers: request.headers,
        text: Buffer.concat(chunks).toString(),
      };
      receiver.received.push(one);
      const { status, headers, body } = receiver.answer(one);
      response.writeHead(status, headers);
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: () => ({ status: 204 }),
    events: (path, secret) =>
      receiver.received
        .filter((one) => one.path === path)
        .map((one) => new Webhook(secret).verify(one.text, one.headers as Record<string, string>) as Event),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

export type Registered = { endpoint_id: string; secret: string; url: string };

/** Registers an endpoint and returns it with its secret; fails on anything but 201. */
export async function registered(
  house: House,
  url: string,
  { events, key }: { events?: string[]; key?: 'ota' | 'ota_2' | 'direct' } = {},
): Promise<Registered> {
  const answer = await house.post(
    '/api/ota/webhooks',
    { url, ...(events && { events }) },
    { key: key ?? 'ota' },
  );
  if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status}: ${answer.text}`);
  return answer.body as Registered;
}

export type DeliveryRow = {
  delivery_id: string;
  event_id: string;
  event_type: string;
  status: string;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
};

/** Waits until an endpoint's newest delivery has the status, and returns it. */
export const lastDelivery = (house: House, endpointId: string, status: string, attempts = 1) =>
  eventually(`a ${status} delivery after ${attempts} attempts`, async () => {
    const [row] = await house.sql<DeliveryRow>(
      'select * from webhook_deliveries where endpoint_id = $1 order by delivery_id desc limit 1',
      [endpointId],
    );
    return row?.status === status && row.attempts === attempts && row;
  });
