import { getOverview, OVERVIEW_EVENTS, type Overview } from './api.ts';
import { connection, now, overview } from './state.ts';

/** How soon a stream that was refused is asked for again, at first and at most. */
const TRY_AGAIN_MS = 1_000;
const TRY_AGAIN_MOST_MS = 15_000;
/** How often a page that nobody sees asks, for the number in its title. */
const UNSEEN_EVERY_MS = 60_000;

/** The server says something every 5 seconds; one that has not for so long is gone, whatever the connection says. */
const SILENT_MS = 12_000;

/** What the clock of this machine lacks to the server's, at least. */
let clockLag = Number.NEGATIVE_INFINITY;

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
  let asking: ReturnType<typeof setInterval> | undefined;
  let heardAt = performance.now();

  const hear = (): void => {
    heardAt = performance.now();
  };
  const connect = (): void => {
    clearTimeout(timer);
    source?.close();
    const stream = new EventSource(OVERVIEW_EVENTS);
    source = stream;
    hear();
    for (const name of ['overview', 'away', 'beat']) stream.addEventListener(name, hear);
    stream.addEventListener('overview', (event: MessageEvent<string>) => {
      waitMs = TRY_AGAIN_MS;
      connection.value = 'live';
      show(JSON.parse(event.data) as Overview);
    });
    // The server is there and cannot read the figures; it tells them when it can.
    stream.addEventListener('away', () => (connection.value = 'away'));
    stream.addEventListener('error', () => {
      connection.value = 'reconnecting';
      if (stream.readyState === EventSource.CLOSED) void comeBack();
    });
  };

  /** Asks for the overview itself; tells whether the session holds, as far as can be known. */
  const ask = async (): Promise<boolean> => {
    const answered = await getOverview();
    if (isClosed) return false;
    if (answered.reached && answered.ok) {
      // What was read for this answer is of now; an event may have been kept for those who come later.
      clockLag = Date.parse(answered.body.as_of) - Date.now();
      show(answered.body);
    } else if (answered.reached && [401, 403].includes(answered.problem.status)) {
      onEnded(answered.problem.detail);
      return false;
    }
    return true;
  };
  const comeBack = async (): Promise<void> => {
    if (!(await ask())) return;
    timer = setTimeout(connect, waitMs);
    waitMs = Math.min(waitMs * 2, TRY_AGAIN_MOST_MS);
  };

  const start = (): void => {
    connect();
    void ask();
  };
  // A browser has six connections to a server, and a page that nobody sees would keep one of them.
  const whenSeen = (): void => {
    clearTimeout(timer);
    clearInterval(asking);
    if (document.visibilityState === 'hidden') {
      source?.close();
      asking = setInterval(() => void ask(), UNSEEN_EVERY_MS);
    } else {
      connection.value = 'connecting';
      start();
    }
  };
  const ticking = setInterval(() => {
    tick();
    if (source?.readyState !== EventSource.OPEN || performance.now() - heardAt < SILENT_MS) return;
    connection.value = 'reconnecting';
    connect();
  }, 1_000);
  document.addEventListener('visibilitychange', whenSeen);
  addEventListener('online', whenSeen);
  connection.value = 'connecting';
  start();

  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      clearInterval(ticking);
      clearInterval(asking);
      document.removeEventListener('visibilitychange', whenSeen);
      removeEventListener('online', whenSeen);
      source?.close();
    },
  };
}

/** Each is the whole picture. An answer and an event may overtake each other: the newest stays. */
function show(newest: Overview): void {
  // The time of a picture never lies ahead, so whatever brings the clock forward is nearer to the truth.
  clockLag = Math.max(clockLag, Date.parse(newest.as_of) - Date.now());
  tick();
  if (overview.value && newest.as_of < overview.value.as_of) return;
  overview.value = newest;
}

function tick(): void {
  now.value = Date.now() + (Number.isFinite(clockLag) ? clockLag : 0);
}
