import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

type Gate = {
  venues: { venue_code: string; name: string }[];
  functions: { function_code: string; label: string }[];
  as_of: string;
};

/**
 * Where a gate can be and what it can redeem. Functions that are no longer sold are among them: tickets that
 * have them are about. A function has one label here, that of its newest product.
 */
export async function readGate(em: EntityManager, venueCode: string | null): Promise<Gate> {
  const { rows } = await sql<Gate>`
    select coalesce((select jsonb_agg(jsonb_build_object('venue_code', venue_code, 'name', name) order by venue_code)
                       from venues
                      where coalesce(venue_code = ${venueCode}::text, true)), '[]') as venues,
           coalesce((select jsonb_agg(jsonb_build_object('function_code', function_code, 'label', label)
                                      order by label, function_code)
                       from (select distinct on (function_code) function_code, label
                               from product_functions order by function_code, product_id desc) known), '[]')
             as functions,
           wire_time(clock_timestamp()) as as_of
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a query without a from clause answered without a row');
  return row;
}
