import { scan } from './api.ts';
import { rememberRedeemed, rememberRefused } from './remember.ts';
import { bodyOf } from './scan-code.ts';
import { gate, isOnline, unsentElsewhere } from './state.ts';
import type { Store, UnsentScan } from './store.ts';
import { countUnsent, loseSession, showConflicts } from './sync.ts';

/** A refusal that says nothing about the scan: it is sent again once the gate is signed in. */
const notAboutTheScan = new Set([401, 403]);

/**
 * Tells the server what was admitted without it, in order, each under the scan id it had at the gate: what
 * arrives twice deducts once. What the server refuses becomes a conflict. What was admitted at another venue
 * than that of this session's key waits for a key that may tell it. One page of the phone at a time.
 */
export async function uploadUnsent(store: Store): Promise<void> {
  await navigator.locks.request('allotment-gate-upload', { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    const unsent = (await store.getAll('unsent')).toSorted((a, b) => a.scannedAt - b.scannedAt);
    const here = unsent.filter(isOfThisGate);
    unsentElsewhere.value = unsent.length - here.length;
    for (const one of here) {
      if (!(await uploadOne(store, one))) break;
      await countUnsent(store);
    }
    await countUnsent(store);
    await showConflicts(store);
  });
}

function isOfThisGate({ venueCode }: UnsentScan): boolean {
  const limitedTo = gate.value?.venue_code ?? null;
  return limitedTo === null || venueCode === null || venueCode === limitedTo;
}

/** Whether it has arrived, one way or the other. */
async function uploadOne(store: Store, one: UnsentScan): Promise<boolean> {
  const spoken = await scan(bodyOf(one));
  if (!spoken.reached) {
    isOnline.value = false;
    return false;
  }
  if (spoken.ok) {
    await rememberRedeemed(store, { ...one, at: one.scannedAt }, spoken.body);
    await store.delete('unsent', one.scanId);
    return true;
  }
  if (notAboutTheScan.has(spoken.problem.status)) {
    await loseSession(store);
    return false;
  }
  await rememberRefused(store, { ...one, at: one.scannedAt }, spoken.problem);
  const { code, detail, last_redemption: lastRedemption = null } = spoken.problem;
  const { scanId, ticketCode, functionCode, venueCode, scannedAt } = one;
  const tx = store.transaction(['unsent', 'conflicts'], 'readwrite');
  await Promise.all([
    tx
      .objectStore('conflicts')
      .put({ scanId, ticketCode, functionCode, venueCode, scannedAt, code, detail, lastRedemption }),
    tx.objectStore('unsent').delete(scanId),
    tx.done,
  ]);
  return true;
}
