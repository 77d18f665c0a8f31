import { isLockTimeout, isUnavailable, orUndefined, violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import {
  explainScan,
  type Redeemed,
  redeemEntitlements,
  type Scan,
  type Scanning,
} from '../db/queries/redeem-entitlement.ts';
import { Together } from '../db/together.ts';
import { Refusal } from '../domain/errors.ts';

/** Scans that are made at the same time, by all gates of a process. */
export type Scans = Together<Scanning, Redeemed | undefined>;

/**
 * Lets scans of different tickets share a statement. Of one ticket's the first is among them, and none whose
 * ticket is held by somebody else, since all would wait for it; the others are undefined, as refused ones are. So
 * are all where one is in the way of the rest, as it was seen before or somebody else is just scanning under its id.
 */
export const scansTogether = (fork: () => EntityManager): Scans =>
  new Together(async (scannings) => {
    const first = new Map(scannings.toReversed().map((scanning) => [scanning.scan.ticketCode, scanning]));
    const shared = [...first.values()];
    const answers = await orUndefined(redeemEntitlements(fork(), shared, 'skip locked'), isInTheWay);
    const answered = new Map(shared.map((scanning, place) => [scanning, answers?.[place]]));
    return scannings.map((scanning) => answered.get(scanning));
  });

/** Accepts a scan: deducts once for a scan id, or says why the gate stays closed. */
export async function redeem(em: EntityManager, scans: Scans, by: Accepting, scan: Scan): Promise<Redeemed> {
  const redeemed =
    (await scans.ask({ by, scan })) ??
    (await orUndefined(redeemEntitlements(em, [{ by, scan }], 'wait'), isSeenBefore))?.[0];
  if (redeemed) return redeemed;
  const found = await explainScan(em, by, scan);
  if (found.result) {
    if (found.same_fingerprint) return found.result;
    throw new Refusal(
      'SCAN_ID_REUSED',
      'This scan_id came with another scan before. Make a new one for each scan.',
    );
  }
  if (found.token_used) {
    throw new Refusal('TOKEN_REPLAYED', 'This code was scanned before. Ask the guest to show a fresh one.', {
      facts: { last_redemption: found.last_redemption },
    });
  }
  if (found.status === null) throw new Refusal('TOKEN_INVALID', 'No such ticket was issued here.');
  if (found.is_test) {
    throw new Refusal('TICKET_TEST', `Ticket ${scan.ticketCode} is of the sandbox and admits nowhere.`);
  }
  if (found.token_expired) {
    throw new Refusal('TOKEN_INVALID', 'This code has expired. Ask the guest to show a fresh one.');
  }
  if (found.status === 'void') throw new Refusal('TICKET_VOID', `Ticket ${scan.ticketCode} is void.`);
  if (found.remaining === null) {
    throw new Refusal(
      'WRONG_FUNCTION',
      `Ticket ${scan.ticketCode} does not include ${scan.functionCode}; it includes ${found.functions.join(', ')}.`,
      { facts: { functions: found.functions } },
    );
  }
  throw new Refusal(
    'NOTHING_REMAINING',
    `Ticket ${scan.ticketCode} has ${found.remaining} of ${scan.functionCode} left, ${scan.quantity} were asked for.`,
    { facts: { remaining: found.remaining, last_redemption: found.last_redemption } },
  );
}

const isSeenBefore = (error: unknown): boolean =>
  violates(error, 'redemptions_one_for_a_scan') || violates(error, 'redemptions_one_for_a_token');

/** Whatever one scan may have to do with: each is tried alone then. Not that PostgreSQL is away. */
const isInTheWay = (error: unknown): boolean => isLockTimeout(error) || !isUnavailable(error);
