import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { auditByWorker, runOf } from './accepting.ts';
import { movesOfOrder, moveUnits } from './move-units.ts';

/** Moves a paid order's units from reserved to sold, once. The order is locked by `lockOrder` before. */
export async function confirmUnits(em: EntityManager, orderId: string): Promise<void> {
  await sql`
    with o as (
      update orders set confirmed_at = clock_timestamp()
       where order_id = ${orderId}::uuid and status = 'paid' and confirmed_at is null
      returning *
    ), moves as (
      ${movesOfOrder('o', orderId, { reserved: -1, sold: 1 })}
    ), lines as (
      update reservation_lines l set sold = l.sold + moves.units
        from moves
       where l.reservation_id = moves.reservation_id and l.product_id = moves.product_id
    ), ${moveUnits('moves', 'sold')}, ${auditByWorker('confirm_order', 'o', sql`o.order_id::text`, runOf('o'))}
    select 1
  `.execute(em.getKysely());
}
