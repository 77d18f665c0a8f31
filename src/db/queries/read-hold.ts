import { sql } from 'kysely';
import type { ReservationStatus } from '../../domain/states.ts';
import type { EntityManager } from '../open.ts';

/** A hold as its partner may order from it, line by line in the order of the products. */
export type OpenHold = {
  status: ReservationStatus;
  expires_at: string;
  lines: { product_id: number; price_list_id: number; available: number }[];
};

/** Reads a partner's hold; undefined where it has none of this id. */
export async function readHold(
  em: EntityManager,
  partnerId: string,
  reservationId: string,
): Promise<OpenHold | undefined> {
  const { rows } = await sql<OpenHold>`
    select r.status, to_jsonb(r.expires_at) #>> '{}' as expires_at,
           (select jsonb_agg(jsonb_build_object('product_id', product_id, 'price_list_id', price_list_id,
                                                'available', units - released - ordered) order by product_id)
              from reservation_lines l where l.reservation_id = r.reservation_id) as lines
      from channel_reservations r
     where r.reservation_id = ${reservationId}::uuid and r.partner_id = ${partnerId}
  `.execute(em.getKysely());
  return rows[0];
}
