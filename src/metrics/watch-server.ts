import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Scrape } from './scrape.ts';

type Telling = { state: () => { ok: boolean; state: string }; scrape: Scrape };

/**
 * Answers those who watch a process, on a port that is not for callers: `GET /healthz`, 200 while the process is
 * well, and `GET /metrics`.
 */
export async function startWatchServer(
  { port, host }: { port: number; host: string },
  tell: Telling,
): Promise<Server> {
  const server = createServer((request, response) => {
    // Whatever goes wrong in a scrape, the process goes on.
    answer(request, response, tell).catch(() => response.writeHead(500).end());
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await listening;
  return server;
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  { state, scrape }: Telling,
): Promise<void> {
  const path = method === 'GET' ? url?.split('?')[0] : undefined;
  if (path === '/healthz') {
    const told = state();
    response.writeHead(told.ok ? 200 : 503, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ status: told.ok ? 'ok' : 'unavailable', state: told.state }));
  } else if (path === '/metrics') {
    const text = await scrape.read();
    response.writeHead(200, { 'Content-Type': scrape.contentType }).end(text);
  } else {
    response.writeHead(404).end();
  }
}
