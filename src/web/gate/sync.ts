import { getGate, getKeys, listRevocations } from './api.ts';
import { conflicts, gate, isOnline, revocationsAsOf, session, unsentCount } from './state.ts';
import { keep, readKept, type Store } from './store.ts';

/** The server's time, as far as this phone knows how far it is off. */
export async function serverNow(store: Store): Promise<Date> {
  return new Date(Date.now() + ((await readKept(store, 'clockAheadMs')) ?? 0));
}

export async function countUnsent(store: Store): Promise<void> {
  unsentCount.value = await store.count('unsent');
}

export async function showConflicts(store: Store): Promise<void> {
  const found = await store.getAll('conflicts');
  conflicts.value = found.toSorted((a, b) => b.scannedAt - a.scannedAt);
}

/** The server no longer takes the session: the phone asks for a key, also when it starts again. */
export async function loseSession(store: Store): Promise<void> {
  await store.delete('kept', 'gate');
  session.value = 'none';
}

/** Whether the server is there and the session holds; with it the gate's facts, and how far the clock is off. */
export async function refreshFacts(store: Store): Promise<boolean> {
  const askedAt = Date.now();
  const facts = await getGate();
  isOnline.value = facts.reached;
  if (!facts.reached) return false;
  if (!facts.ok) {
    // Whatever the refusal, with this session nothing is admitted any more.
    await loseSession(store);
    return false;
  }
  const halfway = (askedAt + Date.now()) / 2;
  await keep(store, 'gate', facts.body);
  await keep(store, 'clockAheadMs', Date.parse(facts.body.as_of) - halfway);
  gate.value = facts.body;
  session.value = 'open';
  return true;
}

/** By which the phone verifies tickets. */
export async function refreshKeys(store: Store): Promise<void> {
  const keys = await getKeys();
  if (keys.reached && keys.ok) await keep(store, 'keys', keys.body.keys);
}

/** Page by page; only a list that came to its end moves the time from which the next one begins. */
export async function refreshRevocations(store: Store): Promise<void> {
  const since = await readKept(store, 'revocationsAsOf');
  let asOf = '';
  let cursor: string | null = null;
  do {
    const page = await listRevocations(since, cursor);
    if (!page.reached || !page.ok) return;
    const tx = store.transaction('revoked', 'readwrite');
    await Promise.all([...page.body.items.map((code) => tx.store.put(code, code)), tx.done]);
    asOf ||= page.body.as_of;
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  await keep(store, 'revocationsAsOf', asOf);
  revocationsAsOf.value = asOf;
}
