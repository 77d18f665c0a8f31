import { endSession, openSession } from './api.ts';
import { signalAnswer } from './feedback.ts';
import { scanCode } from './scan-code.ts';
import {
  answer,
  type Answer,
  choice,
  gate,
  isChecking,
  isOnline,
  revocationsAsOf,
  session,
  unsentCount,
  unsentElsewhere,
} from './state.ts';
import { type Choice, forgetGate, forgetOldTickets, keep, openStore, readKept, type Store } from './store.ts';
import {
  countUnsent,
  refreshFacts,
  refreshKeys,
  refreshRevocations,
  serverNow,
  showConflicts,
} from './sync.ts';
import { uploadUnsent } from './upload.ts';

/** How old what the phone knows may become while it is connected, and how soon it tries again when it is not. */
const REFRESH_MS = 60_000;
const TRY_AGAIN_MS = 10_000;
/** An admission steps back before the next guest could be taken for the one before. A refusal stays. */
const ADMITTED_SHOWN_MS = 6_000;

/** What the page can do. */
export type Phone = {
  /** Undefined when it went well; else what to tell. */
  signIn(key: string): Promise<string | undefined>;
  signOut(): Promise<string | undefined>;
  choose(chosen: Partial<Choice>): Promise<void>;
  /** False where it has not taken the code, since it is looking at another. */
  scan(text: string, quantity: number): boolean;
  catchUp(): Promise<void>;
  noteConflict(scanId: string): Promise<void>;
};

/** Opens the phone's store, shows what is in it, and goes on to ask the server again and again. */
export async function openPhone(): Promise<Phone> {
  // Where the browser has cleared it, the page begins anew rather than go on without a memory.
  const store = await openStore(() => location.reload());
  const known = await readKept(store, 'gate');
  gate.value = known ?? null;
  choice.value = (await readKept(store, 'choice')) ?? choice.value;
  revocationsAsOf.value = (await readKept(store, 'revocationsAsOf')) ?? null;
  session.value = known ? 'open' : 'none';
  await countUnsent(store);
  await showConflicts(store);
  // By the server's time: a phone's own clock may be years ahead.
  await forgetOldTickets(store, (await serverNow(store)).getTime());
  // Asked for so that the browser does not clear away what is yet to be sent; it may say no.
  void navigator.storage?.persist?.();

  const catchUp = async (): Promise<void> => {
    if (session.value !== 'open' || !(await refreshFacts(store))) return;
    await uploadUnsent(store);
    await refreshKeys(store);
    await refreshRevocations(store);
  };
  keepCatchingUp(catchUp);

  return {
    catchUp,
    signIn: async (key) => {
      // A header cannot carry it, so it is none: a browser would say that the request has failed.
      if (!/^[\x21-\x7e]+$/.test(key)) return 'This is no key: a key has only letters, digits and _.';
      const opened = await openSession(key);
      isOnline.value = opened.reached;
      if (!opened.reached) return 'The server cannot be reached. Signing in needs a connection.';
      if (!opened.ok) return opened.problem.detail;
      session.value = 'open';
      await catchUp();
      return undefined;
    },
    signOut: async () => {
      if ((await store.count('unsent')) > unsentElsewhere.value)
        return 'First send what was admitted without a connection.';
      const ended = await endSession();
      if (!ended.reached) return 'The server cannot be reached. Signing out needs a connection.';
      await forgetGate(store);
      gate.value = null;
      revocationsAsOf.value = null;
      choice.value = { functionCode: null, venueCode: null };
      session.value = 'none';
      return undefined;
    },
    choose: async (chosen) => {
      choice.value = { ...choice.value, ...chosen };
      await keep(store, 'choice', choice.value);
    },
    scan: (text, quantity) => {
      if (isChecking.value || choice.value.functionCode === null) return false;
      void scanAndSignal(store, text, quantity);
      return true;
    },
    noteConflict: async (scanId) => {
      await store.delete('conflicts', scanId);
      await showConflicts(store);
    },
  };
}

async function scanAndSignal(store: Store, text: string, quantity: number): Promise<void> {
  const given = await scanCode(store, text, quantity);
  if (!given) return;
  signalAnswer(given);
  if (given.verdict === 'admitted') setTimeout(() => stepBack(given), ADMITTED_SHOWN_MS);
}

function stepBack(given: Answer): void {
  if (answer.value === given) answer.value = null;
}

function keepCatchingUp(catchUp: () => Promise<void>): void {
  let caughtUpAt = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const isDue = !isOnline.value || unsentCount.value > 0 || performance.now() - caughtUpAt >= REFRESH_MS;
    if (isDue) {
      caughtUpAt = performance.now();
      // Whatever has failed, it is tried again.
      await catchUp().catch(console.error);
    }
    setTimeout(() => void look(), TRY_AGAIN_MS);
  };
  void look();
  addEventListener('online', () => void catchUp());
  addEventListener('offline', () => {
    isOnline.value = false;
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void catchUp();
  });
}
