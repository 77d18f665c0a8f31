import { getOverview, OVERVIEW_EVENTS, type Overview } from './api.ts';
import { clockLag, connection, now, overview } from './state.ts';

/** How soon a stream that was refused is asked for again, at first and at most. */
const TRY_AGAIN_MS = 1_000;
const TRY_AGAIN_MOST_MS = 15_000;
/** A page that was out of sight for so long may hold a connection that only seems to live. */
const STALE_MS = 60_000;

/**
 * Keeps the overview up to date until it is closed. `onEnded` is told why when the session has ended.
 *
 * A lost connection is opened again by the browser. After an answer that is no stream it is not, so the page
 * then asks for the overview itself, which also tells whether the session still holds.
 */
export function openLive(onEnded: (why: string) => void): { close: () => void } {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = TRY_AGAIN_MS;
  let isClosed = false;
  let hiddenAt = 0;

  const connect = (): void => {
    clearTimeout(timer);
    source?.close();
    const stream = new EventSource(OVERVIEW_EVENTS);
    source = stream;
    stream.addEventListener('overview', (event: MessageEvent<string>) => {
      waitMs = TRY_AGAIN_MS;
      connection.value = 'live';
      show(JSON.parse(event.data) as Overview);
    });
    stream.addEventListener('error', () => {
      connection.value = 'reconnecting';
      if (stream.readyState === EventSource.CLOSED) void comeBack();
    });
  };

  const comeBack = async (): Promise<void> => {
    const answered = await getOverview();
    if (isClosed) return;
    if (answered.reached && answered.ok) show(answered.body);
    else if (answered.reached && [401, 403].includes(answered.problem.status)) {
      onEnded(answered.problem.detail);
      return;
    }
    timer = setTimeout(connect, waitMs);
    waitMs = Math.min(waitMs * 2, TRY_AGAIN_MOST_MS);
  };

  const whenSeen = (): void => {
    const isHidden = document.visibilityState === 'hidden';
    if (isHidden) hiddenAt = Date.now();
    else if (connection.value !== 'live' || Date.now() - hiddenAt > STALE_MS) connect();
  };
  const ticking = setInterval(() => (now.value = Date.now() + clockLag.value), 1_000);
  document.addEventListener('visibilitychange', whenSeen);
  addEventListener('online', connect);
  connection.value = 'connecting';
  connect();

  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', whenSeen);
      removeEventListener('online', connect);
      source?.close();
    },
  };
}

function show(newest: Overview): void {
  clockLag.value = Date.parse(newest.as_of) - Date.now();
  now.value = Date.parse(newest.as_of);
  overview.value = newest;
}
