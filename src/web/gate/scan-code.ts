import { isTicketCode } from '../../tickets/ticket-code.ts';
import { type Answered, getTicket, scan, type ScanBody } from './api.ts';
import { decideOffline } from './decide-offline.ts';
import { readToken } from './read-token.ts';
import { answer, type Answer, choice, history, isChecking, isOnline, labelOf, venueCode } from './state.ts';
import { rememberRedeemed, rememberRefused } from './remember.ts';
import { readKept, type Store, type UnsentScan } from './store.ts';
import { countUnsent, loseSession, serverNow } from './sync.ts';
import {
  foreignWords,
  failedWords,
  offlineWords,
  admittedWords,
  redeemedWords,
  refusedWords,
  type Words,
} from './words.ts';

/** How many answers stay to be looked at. */
const HISTORY = 20;

/** Takes a code that was read or typed to its answer: the server's, or this phone's where it cannot be asked. */
export async function scanCode(store: Store, text: string, quantity: number): Promise<Answer | null> {
  const { functionCode } = choice.value;
  if (functionCode === null || isChecking.value) return null;
  isChecking.value = true;
  answer.value = null;
  try {
    const given = await answerTo(store, text, functionCode, quantity).catch(answerToFailure);
    if (given === null) return null;
    answer.value = given;
    history.value = [given, ...history.value].slice(0, HISTORY);
    return given;
  } finally {
    isChecking.value = false;
  }
}

/** A browser may refuse to keep anything, as where the phone is full; the guest stands there all the same. */
function answerToFailure(error: unknown): Answer {
  console.error(error);
  return refused(failedWords, !isOnline.value);
}

async function answerTo(
  store: Store,
  text: string,
  functionCode: string,
  quantity: number,
): Promise<Answer | null> {
  // Of the moment in which the code was shown: a rotating one may expire while the server is waited for.
  const now = await serverNow(store);
  const qr = isTicketCode(text) ? await qrOfTicket(text) : { qr: text };
  if ('words' in qr) return refused(qr.words, qr.isOffline);
  const made = { scanId: crypto.randomUUID(), qr: qr.qr, functionCode, quantity, venueCode: venueCode.value };
  const spoken = isOnline.value ? await scan(bodyOf(made)) : { reached: false as const };
  if (!spoken.reached) {
    isOnline.value = false;
    return decideHere(store, made, now);
  }
  if (spoken.ok) {
    await rememberRedeemed(store, { ...made, at: now.getTime() }, spoken.body);
    return admitted(redeemedWords(spoken.body, quantity, labelOf), false);
  }
  if (spoken.problem.status === 401) {
    await loseSession(store);
    return null;
  }
  await rememberRefused(store, { ...made, at: now.getTime() }, spoken.problem);
  return refused(refusedWords(spoken.problem, functionCode, labelOf), false);
}

/** What a person can type is the ticket's code; its signed text comes from the server. */
async function qrOfTicket(code: string): Promise<{ qr: string } | { words: Words; isOffline: boolean }> {
  const found: Answered<{ qr_code: string }> = await getTicket(code);
  if (!found.reached) {
    isOnline.value = false;
    const detail = 'A typed ticket code has no signature: it needs a connection. Scan the QR code instead.';
    return { words: { title: 'Cannot tell', detail, left: null }, isOffline: true };
  }
  if (found.ok) return { qr: found.body.qr_code };
  return { words: refusedWords(found.problem, '', labelOf), isOffline: false };
}

type MadeScan = Omit<UnsentScan, 'ticketCode' | 'scannedAt'>;

export const bodyOf = (made: MadeScan & { scannedAt?: number }): ScanBody => ({
  qr: made.qr,
  function_code: made.functionCode,
  quantity: made.quantity,
  scan_id: made.scanId,
  ...(made.venueCode !== null && { venue_code: made.venueCode }),
  ...(made.scannedAt !== undefined && { scanned_at: new Date(made.scannedAt).toISOString() }),
});

/** The signature first; then, in one transaction of the store, what is known of the ticket and what follows. */
async function decideHere(store: Store, made: MadeScan, now: Date): Promise<Answer> {
  const reading = await readToken((await readKept(store, 'keys')) ?? [], made.qr);
  if (reading.kind === 'foreign') return refused(foreignWords(reading), true);
  const { ticketCode, jti, expiresAt } = reading;
  const { functionCode, quantity } = made;

  const tx = store.transaction(['memories', 'usedCodes', 'revoked', 'unsent'], 'readwrite');
  const [memory, revoked, used] = await Promise.all([
    tx.objectStore('memories').get(ticketCode),
    tx.objectStore('revoked').getKey(ticketCode),
    jti === null ? undefined : tx.objectStore('usedCodes').get(jti),
  ]);
  const decision = decideOffline(
    { ticketCode, functionCode, quantity, expiresAt },
    { memory, isRevoked: revoked !== undefined, codeUsedAt: used?.at },
    now,
  );
  if (decision.admit) {
    const at = now.getTime();
    await Promise.all([
      tx.objectStore('memories').put({ ...decision.memory, touchedAt: at }),
      tx.objectStore('unsent').put({ ...made, ticketCode, scannedAt: at }),
      jti !== null && tx.objectStore('usedCodes').put({ jti, at }),
    ]);
  }
  await tx.done;
  if (!decision.admit) return refused(offlineWords(decision, labelOf(functionCode)), true);
  await countUnsent(store);
  return admitted(admittedWords(quantity, labelOf(functionCode), decision.remaining), true);
}

const admitted = (of: Words, isOffline: boolean): Answer => ({
  verdict: 'admitted',
  ...of,
  isOffline,
  at: new Date(),
});
const refused = (of: Words, isOffline: boolean): Answer => ({
  verdict: 'refused',
  ...of,
  isOffline,
  at: new Date(),
});
