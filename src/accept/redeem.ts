import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import {
  explainScan,
  type Redeemed,
  redeemEntitlement,
  type Scan,
} from '../db/queries/redeem-entitlement.ts';
import { Refusal } from '../domain/errors.ts';

/** Accepts a scan: deducts once for a scan id, or says why the gate stays closed. */
export async function redeem(em: EntityManager, by: Accepting, scan: Scan): Promise<Redeemed> {
  try {
    const redeemed = await redeemEntitlement(em, by, scan);
    if (redeemed) return redeemed;
  } catch (error) {
    const seenBefore =
      violates(error, 'redemptions_one_for_a_scan') || violates(error, 'redemptions_one_for_a_token');
    if (!seenBefore) throw error;
  }
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
