import type { KeyScope } from '../db/entities/partner.ts';
import type { EntityManager } from '../db/open.ts';
import { findScanScope } from '../db/queries/find-scan-scope.ts';
import { invalid, Refusal } from '../domain/errors.ts';

/**
 * Refuses a scan outside of what its key is limited to, and a venue that is not on record where any is.
 * Returns the venue: the key's own where the scan names none. Tickets beyond the scope look like unknown ones.
 */
export async function limitScan(
  em: EntityManager,
  scope: KeyScope,
  scan: { ticketCode: string; venueCode: string | null },
): Promise<string | null> {
  const { ticketCode } = scan;
  const isElsewhere =
    scope.venue_code !== undefined && (scan.venueCode ?? scope.venue_code) !== scope.venue_code;
  if (isElsewhere) {
    throw new Refusal(
      'PERMISSION_MISSING',
      `This key is for venue ${scope.venue_code}, not for ${scan.venueCode}.`,
    );
  }
  const venueCode = scan.venueCode ?? scope.venue_code ?? null;
  const partnerId = scope.partner_id ?? null;
  if (venueCode === null && partnerId === null) return null;
  const found = await findScanScope(em, { venueCode, ticketCode, partnerId });
  if (venueCode !== null && found.has_venues && !found.knows_venue) {
    throw invalid([{ path: ['venue_code'], message: `There is no venue ${venueCode}.` }]);
  }
  if (partnerId !== null && !found.is_partners_ticket) {
    throw new Refusal('TOKEN_INVALID', 'No such ticket was issued here.');
  }
  return venueCode;
}
