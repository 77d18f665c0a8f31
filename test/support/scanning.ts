import { randomBytes, randomUUID } from 'node:crypto';
import type { Scanning } from '../../src/db/queries/redeem-entitlement.ts';

/** A scan of one token by a gate's key, as the statement takes it. */
export const scanning = (
  { partnerId, keyId }: { partnerId: string; keyId: string },
  ticketCode: string,
  scanId: string = randomUUID(),
): Scanning => ({
  by: { partnerId, channel: 'ota', keyId, requestId: randomUUID(), answerKeys: [] },
  scan: {
    redemptionId: randomUUID(),
    scanId,
    ticketCode,
    functionCode: 'playground_tokens',
    quantity: 1,
    venueCode: null,
    jti: null,
    tokenExpiresAt: null,
    scannedAt: null,
    fingerprint: randomBytes(32),
  },
});
