import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** What a scope and a scan are compared by. A ticket's partner never changes, so this may be asked before. */
export async function findScanScope(
  em: EntityManager,
  asked: { venueCode: string | null; ticketCode: string; partnerId: string | null },
): Promise<{ has_venues: boolean; knows_venue: boolean; is_partners_ticket: boolean }> {
  const { rows } = await sql<{ has_venues: boolean; knows_venue: boolean; is_partners_ticket: boolean }>`
    select exists (select from venues) as has_venues,
           exists (select from venues where venue_code = ${asked.venueCode}::text) as knows_venue,
           exists (select from tickets join orders using (order_id)
                    where ticket_code = ${asked.ticketCode} and partner_id = ${asked.partnerId}::text)
             as is_partners_ticket
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a query without a where clause answered without a row');
  return row;
}
