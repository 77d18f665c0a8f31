import { sql } from 'kysely';
import { Venue } from '../db/entities/operator.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { notFound, Refusal } from '../domain/errors.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

/** Accepts a venue. From the first one on, a scan may only name venues that are on record. */
export function addVenue<T>(
  em: EntityManager,
  by: Accepting,
  venue: { venueCode: string; name: string },
  tell: Tell<T>,
): Promise<Once<T>> {
  const add = async (tx: EntityManager) => {
    const { rows } = await sql`
      insert into venues (venue_code, name) values (${venue.venueCode}, ${venue.name})
      on conflict do nothing returning 1`.execute(tx.getKysely());
    if (rows.length === 0) {
      throw new Refusal('ALREADY_EXISTS', `There is a venue ${venue.venueCode} already.`);
    }
    await recordChange(tx, by, 'add_venue', venue.venueCode);
  };
  return answerOnce(em, by, add, tell);
}

/** Removes a venue that no live key is limited to. Redemptions keep its code. */
export async function removeVenue(em: EntityManager, by: Accepting, venueCode: string): Promise<void> {
  await em.fork().transactional(async (tx) => {
    const removed = await tx.nativeDelete(Venue, { venueCode });
    if (removed === 0) throw notFound('venue', venueCode);
    const { rows } = await sql<{ key_id: string }>`
      select key_id from api_keys
       where scope ->> 'venue_code' = ${venueCode} and revoked_at is null
         and (expires_at is null or expires_at > clock_timestamp())
       order by key_id`.execute(tx.getKysely());
    if (rows.length > 0) {
      const keyIds = rows.map((row) => row.key_id);
      throw new Refusal(
        'VENUE_IN_USE',
        `Live keys are limited to venue ${venueCode}: ${keyIds.join(', ')}. Revoke them first.`,
        { facts: { key_ids: keyIds } },
      );
    }
    await recordChange(tx, by, 'remove_venue', venueCode);
  });
}
