import { effect } from '@preact/signals';
import { endSession, getSession, openSession, search } from './api.ts';
import { openLive } from './live.ts';
import { connection, done, finding, intent, openCases, overview, session, sessionNotice } from './state.ts';

const UNREACHABLE = 'The server does not answer. Check your connection; this page tries again by itself.';
const TRY_AGAIN_MS = 3_000;
const SIGNED_OUT = 'You are signed out.';

/** What the page can do, besides the actions that are confirmed one by one. */
export type Desk = {
  /** Undefined when it went well; else what to tell. */
  signIn(key: string): Promise<string | undefined>;
  signOut(): Promise<void>;
  /** Looks for an id or reference; nothing when it is empty. */
  find(sought: string): void;
  /** An action has changed something: what is shown of it is read anew. */
  changed(told: string): void;
  sessionEnded(why: string): void;
};

/** Asks who is signed in, and from then on keeps the page up to date. */
export function openDesk(): Desk {
  let live: { close: () => void } | undefined;
  // They share the cookie, so they are signed out together.
  const otherTabs = new BroadcastChannel('allotment-dashboard');
  otherTabs.addEventListener('message', () => end(SIGNED_OUT));

  const begin = (): void => {
    sessionNotice.value = '';
    live?.close();
    live = openLive((why) => desk.sessionEnded(why));
    void findWhatIsAsked();
  };
  const end = (why: string): void => {
    live?.close();
    live = undefined;
    overview.value = null;
    connection.value = 'connecting';
    finding.value = null;
    intent.value = null;
    done.value = '';
    sessionNotice.value = why;
    session.value = 'none';
  };

  const desk: Desk = {
    signIn: async (key) => {
      const opened = await openSession(key);
      if (!opened.reached) return 'The server does not answer. Check your connection and try again.';
      if (!opened.ok) return opened.problem.detail;
      session.value = opened.body;
      begin();
      return undefined;
    },
    signOut: async () => {
      const ended = await endSession();
      if (!ended.reached) {
        done.value = 'Not signed out: the server does not answer. Try again.';
        return;
      }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
      otherTabs.postMessage(SIGNED_OUT);
      end(SIGNED_OUT);
    },
    find: (sought) => {
      const wanted = sought.trim() === '' ? '' : linkTo(sought.trim());
      if (location.hash === wanted) void findWhatIsAsked();
      else location.hash = wanted;
    },
    changed: (told) => {
      done.value = told;
      void findWhatIsAsked();
    },
    sessionEnded: (why) => end(`Your session has ended. ${why}`),
  };

  const ask = async (): Promise<void> => {
    const answered = await getSession();
    if (answered.reached && answered.ok) {
      session.value = answered.body;
      begin();
    } else if (answered.reached && answered.problem.status === 401) {
      session.value = 'none';
    } else {
      sessionNotice.value = answered.reached ? answered.problem.detail : UNREACHABLE;
      setTimeout(() => void ask(), TRY_AGAIN_MS);
    }
  };
  const findWhatIsAsked = async (): Promise<void> => {
    const sought = soughtIn(location.hash);
    if (typeof session.value === 'string' || sought === '') {
      finding.value = null;
      return;
    }
    const before = finding.value;
    if (before?.sought !== sought) finding.value = { sought, matches: null, problem: '' };
    const answered = await search(sought);
    // Another search may have begun meanwhile.
    if (soughtIn(location.hash) !== sought) return;
    if (answered.reached && answered.ok) {
      finding.value = { sought, matches: answered.body.matches, problem: '' };
    } else if (answered.reached && answered.problem.status === 401) {
      desk.sessionEnded(answered.problem.detail);
    } else {
      const problem = answered.reached ? answered.problem.detail : UNREACHABLE;
      finding.value = { sought, matches: before?.sought === sought ? before.matches : null, problem };
    }
  };

  // A tab in the background tells by its title whether somebody is needed.
  effect(() => {
    document.title = `${openCases.value > 0 ? `(${openCases.value}) ` : ''}Dashboard · Allotment`;
  });
  addEventListener('hashchange', () => void findWhatIsAsked());
  void ask();
  return desk;
}

/** The part of an address that no server sees, so that what was looked for is in no log; Back works as well. */
export const linkTo = (sought: string): string => `#find=${encodeURIComponent(sought)}`;

function soughtIn(hash: string): string {
  const [, sought = ''] = /^#find=(.*)$/.exec(hash) ?? [];
  try {
    return decodeURIComponent(sought).trim();
  } catch {
    return '';
  }
}
