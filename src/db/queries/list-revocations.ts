import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';

/** Where a page begins: after a code, by the time since when it admits nowhere. */
type Position = { at: string; ticketCode: string };

/** What is being committed now may carry a time of just before; no transaction of the house takes so long. */
const COMMITTING_SECONDS = 60;

const asText = (time: string) =>
  sql.raw<string>(`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);

/**
 * Tickets that are well signed and admit nowhere, the oldest first: void ones, whose order got its refund in
 * the transaction that voided them, and those of the sandbox, from when they were issued. Of one partner, or of
 * all where it is null.
 */
export async function listRevocations(
  em: EntityManager,
  {
    partnerId,
    since,
    after,
    limit,
  }: { partnerId: string | null; since: string | null; after: Position | undefined; limit: number },
): Promise<{ codes: { ticket_code: string; at: string }[]; asOf: string }> {
  const ofPartner = sql`coalesce(orders.partner_id = ${partnerId}::text, true)`;
  const position = sql`(${after?.at ?? since ?? '-infinity'}::timestamptz, ${after?.ticketCode ?? ''}::text)`;
  const { rows } = await sql<{ codes: { ticket_code: string; at: string }[]; as_of: string }>`
    with voided as (
      select ticket_code, refunds.created_at as at
        from refunds join tickets using (order_id) join orders using (order_id)
       where tickets.status = 'void' and ${ofPartner} and refunds.created_at >= ${after?.at ?? since ?? '-infinity'}::timestamptz
         and (refunds.created_at, ticket_code) > ${position}
       order by refunds.created_at, ticket_code limit ${limit}
    ), of_sandbox as (
      select ticket_code, fulfilled_at as at
        from orders join tickets using (order_id)
       where is_test_channel(channel_id) and ${ofPartner} and fulfilled_at >= ${after?.at ?? since ?? '-infinity'}::timestamptz
         and (fulfilled_at, ticket_code) > ${position}
       order by fulfilled_at, ticket_code limit ${limit}
    ), page as (
      select ticket_code, at from voided union all select ticket_code, at from of_sandbox
       order by at, ticket_code limit ${limit}
    )
    select coalesce((select jsonb_agg(jsonb_build_object('ticket_code', ticket_code, 'at', ${asText('at')})
                                      order by at, ticket_code) from page), '[]') as codes,
           wire_time(clock_timestamp() - make_interval(secs => ${COMMITTING_SECONDS})) as as_of
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a query without a from clause answered without a row');
  return { codes: row.codes, asOf: row.as_of };
}
