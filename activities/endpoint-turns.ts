/** Requests that are under way to one endpoint, from one worker. */
const AT_ONCE = 20;
/** How long an endpoint that gave no answer is left alone. */
const SILENCE_MS = 10_000;

type Endpoint = { underWay: number; silentUntil: number };
type Answer = { status: number } | { error: string };

/** What keeps a request from being sent now: others are under way, or there was no answer a moment ago. */
export type NoTurn = 'busy' | 'silent';

/**
 * Shares a worker's requests out among endpoints, so that one that hangs holds up nobody else's messages: it
 * has a few under way, and after one without an answer it has none for a while.
 */
export function createEndpointTurns(now: () => number) {
  const endpoints = new Map<string, Endpoint>();

  return async <T extends Answer>(endpointId: string, send: () => Promise<T>): Promise<T | NoTurn> => {
    const endpoint = endpoints.get(endpointId) ?? { underWay: 0, silentUntil: 0 };
    if (endpoint.silentUntil > now()) return 'silent';
    if (endpoint.underWay >= AT_ONCE) return 'busy';
    endpoints.set(endpointId, endpoint);
    endpoint.underWay += 1;
    try {
      const answer = await send();
      endpoint.silentUntil = 'error' in answer ? now() + SILENCE_MS : 0;
      return answer;
    } finally {
      endpoint.underWay -= 1;
      if (endpoint.underWay === 0 && endpoint.silentUntil <= now()) endpoints.delete(endpointId);
    }
  };
}
