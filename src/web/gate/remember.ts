import type { Problem, Redeemed } from './api.ts';
import { newMemory } from './decide-offline.ts';
import { namesIn } from './read-token.ts';
import type { Store } from './store.ts';

/** A scan on which the server has spoken, and when it was made. */
type SpokenOf = { scanId: string; qr: string; functionCode: string; at: number };

/** What the server's word on a scan says of the ticket. */
type Told = {
  remaining?: Record<string, number>;
  functions?: string[];
  isRevoked?: boolean;
  isAdmitted?: boolean;
  /** Of a rotating code. */
  isCodeUsed?: boolean;
};

/** Keeps what an admission by the server tells of the ticket, for when the connection is gone. */
export const rememberRedeemed = (store: Store, scan: SpokenOf, { entitlements }: Redeemed): Promise<void> =>
  keepTold(store, scan, {
    remaining: Object.fromEntries(entitlements.map((one) => [one.function_code, one.remaining])),
    functions: entitlements.map((one) => one.function_code),
    isAdmitted: true,
    isCodeUsed: true,
  });

/** A refusal tells as much: who was refused is not let in by coming again when the connection is gone. */
export const rememberRefused = (store: Store, scan: SpokenOf, problem: Problem): Promise<void> =>
  keepTold(store, scan, toldBy(problem, scan.functionCode));

function toldBy({ code, remaining, functions }: Problem, functionCode: string): Told {
  switch (code) {
    case 'NOTHING_REMAINING':
      return { remaining: { [functionCode]: remaining ?? 0 } };
    case 'WRONG_FUNCTION':
      return functions ? { functions } : {};
    case 'TOKEN_REPLAYED':
      return { isCodeUsed: true };
    case 'TICKET_VOID':
    case 'TICKET_TEST':
      return { isRevoked: true };
    default:
      return {};
  }
}

async function keepTold(store: Store, scan: SpokenOf, told: Told): Promise<void> {
  const names = await namesIn(scan.qr);
  if (!names) return;
  const { ticketCode, jti } = names;
  const tx = store.transaction(['memories', 'usedCodes', 'revoked', 'unsent'], 'readwrite');
  const memories = tx.objectStore('memories');
  const [known = newMemory(ticketCode), unsent] = await Promise.all([
    memories.get(ticketCode),
    tx.objectStore('unsent').index('ticketCode').getAll(ticketCode),
  ]);
  const remaining = { ...told.remaining };
  // What was admitted here and is yet to be sent, the server does not know: it is less by that.
  for (const { scanId, functionCode, quantity } of unsent) {
    const left = remaining[functionCode];
    if (left !== undefined && scanId !== scan.scanId) remaining[functionCode] = Math.max(0, left - quantity);
  }
  await Promise.all([
    memories.put({
      ticketCode,
      remaining: { ...known.remaining, ...remaining },
      functions: told.functions ?? known.functions,
      admittedAt: told.isAdmitted ? { ...known.admittedAt, [scan.functionCode]: scan.at } : known.admittedAt,
      touchedAt: scan.at,
    }),
    told.isCodeUsed && jti !== null && tx.objectStore('usedCodes').put({ jti, at: scan.at }),
    told.isRevoked && tx.objectStore('revoked').put(ticketCode, ticketCode),
    tx.done,
  ]);
}
