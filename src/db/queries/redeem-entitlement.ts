import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import { type Accepting, auditAndAnswer } from './accepting.ts';
import { tell } from './webhook-events.ts';

export type Scan = {
  redemptionId: string;
  scanId: string;
  ticketCode: string;
  functionCode: string;
  quantity: number;
  venueCode: string | null;
  /** Only of a rotating token, which admits once and not after `tokenExpiresAt`. */
  jti: string | null;
  tokenExpiresAt: Date | null;
  /** When a gate without a connection admitted, as it says; what lies in the future counts as now. */
  scannedAt: Date | null;
  fingerprint: Buffer;
};

export type Redeemed = {
  ticket_code: string;
  function_code: string;
  remaining: number;
  entitlements: { function_code: string; label: string; total: number; remaining: number }[];
};

/** Where and when a ticket, or a rotating code of it, was admitted before. */
export type LastRedemption = {
  function_code: string;
  quantity: number;
  venue_code: string | null;
  venue_name: string | null;
  redeemed_at: string;
};

/**
 * Deducts an entitlement of a valid ticket: the ticket's row is locked, then its entitlements, and all is
 * decided from the locked rows. A scan id or a jti seen before violates its unique constraint and undoes
 * the whole. Returns undefined, with nothing changed, where the ticket does not admit.
 */
export async function redeemEntitlement(
  em: EntityManager,
  by: Accepting,
  scan: Scan,
): Promise<Redeemed | undefined> {
  const { rows } = await sql<{ redeemed: Redeemed }>`
    with t as materialized (
      select ticket_code, status, order_id from tickets where ticket_code = ${scan.ticketCode} for update
    ), e as materialized (
      select entitlement.* from ticket_entitlements entitlement join t using (ticket_code)
       order by function_code for update of entitlement
    ), accepted as (
      select t.ticket_code, e.remaining - ${scan.quantity} as remaining
        from t join e using (ticket_code) join orders o using (order_id)
       where t.status = 'valid' and not is_test_channel(o.channel_id) and e.function_code = ${scan.functionCode} and e.remaining >= ${scan.quantity}
         and coalesce(${scan.tokenExpiresAt}::timestamptz > ${timeOf(scan)}, true)
    ), deducted as (
      update ticket_entitlements entitlement set remaining = accepted.remaining
        from accepted
       where entitlement.ticket_code = accepted.ticket_code and entitlement.function_code = ${scan.functionCode}
    ), left_over as (
      select e.*, case when e.function_code = ${scan.functionCode} then accepted.remaining else e.remaining end as now
        from e join accepted using (ticket_code)
    ), used_up as (
      update tickets set status = 'redeemed' from accepted
       where tickets.ticket_code = accepted.ticket_code and (select sum(now) from left_over) = 0
    ), result as (
      select jsonb_build_object('ticket_code', ticket_code, 'function_code', ${scan.functionCode}::text,
               'remaining', remaining,
               'entitlements', (select jsonb_agg(jsonb_build_object('function_code', function_code, 'label', label,
                                  'total', total, 'remaining', now) order by position) from left_over)) as redeemed
        from accepted
    ), redemption as (
      insert into redemptions (redemption_id, partner_id, key_id, scan_id, jti, ticket_code, function_code,
                               quantity, venue_code, fingerprint, result, scanned_at)
      select ${scan.redemptionId}::uuid, ${by.partnerId}, ${by.keyId}::uuid, ${scan.scanId}, ${scan.jti}::text,
             redeemed ->> 'ticket_code', ${scan.functionCode}, ${scan.quantity}::int, ${scan.venueCode}::text,
             ${scan.fingerprint}, redeemed,
             case when ${scan.scannedAt}::timestamptz is not null then ${timeOf(scan)} end
        from result
      returning ${tellRedeemed}
    ), ${auditAndAnswer(by, 'redeem', 'result', sql`redeemed ->> 'ticket_code'`, sql`redeemed`)}
    select redeemed from result
  `.execute(em.getKysely());
  return rows[0]?.redeemed;
}

/** When a scan counts as made: without a time of its own, now. */
const timeOf = ({ scannedAt }: Scan) => sql`least(${scannedAt}::timestamptz, clock_timestamp())`;

/** Tells the partner that sold the ticket, from the new row of `redemptions`. */
const tellRedeemed = tell(
  'ticket.redeemed',
  sql`(select partner_id from orders join tickets using (order_id) where ticket_code = redemptions.ticket_code)`,
  {
    ticket_code: sql`redemptions.ticket_code`,
    order_id: sql`(select order_id from tickets where ticket_code = redemptions.ticket_code)`,
    status: sql`case when (select sum(now) from left_over) = 0 then 'redeemed' else 'valid' end`,
    function_code: sql`redemptions.function_code`,
    quantity: sql`redemptions.quantity`,
    remaining: sql`redemptions.result -> 'remaining'`,
  },
);

/** What a repeated scan is answered from, and why another is refused. */
export async function explainScan(em: EntityManager, by: Accepting, scan: Scan) {
  const { rows } = await sql<{
    same_fingerprint: boolean | null;
    token_used: boolean;
    token_expired: boolean;
    status: 'valid' | 'redeemed' | 'void' | null;
    is_test: boolean;
    remaining: number | null;
    functions: string[];
    result: Redeemed | null;
    last_redemption: LastRedemption | null;
  }>`
    select r.result, r.fingerprint = ${scan.fingerprint} as same_fingerprint,
           exists (select from redemptions where jti = ${scan.jti}::text) as token_used,
           coalesce(${scan.tokenExpiresAt}::timestamptz <= ${timeOf(scan)}, false) as token_expired,
           t.status, coalesce(is_test_channel(o.channel_id), false) as is_test, e.remaining,
           coalesce((select array_agg(function_code order by position) from ticket_entitlements
                      where ticket_code = ${scan.ticketCode}), '{}') as functions,
           (select jsonb_build_object('function_code', function_code, 'quantity', quantity,
                     'venue_code', venue_code, 'venue_name', venues.name,
                     'redeemed_at', to_char(coalesce(scanned_at, redeemed_at) at time zone 'UTC',
                                            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
              from redemptions left join venues using (venue_code)
             where ticket_code = ${scan.ticketCode} and (jti = ${scan.jti}::text or function_code = ${scan.functionCode})
             order by coalesce(jti = ${scan.jti}::text, false) desc, coalesce(scanned_at, redeemed_at) desc
             limit 1) as last_redemption
      from (select 1) one
      left join redemptions r on r.partner_id = ${by.partnerId} and r.scan_id = ${scan.scanId}
      left join tickets t on t.ticket_code = ${scan.ticketCode}
      left join orders o on o.order_id = t.order_id
      left join ticket_entitlements e on e.ticket_code = t.ticket_code and e.function_code = ${scan.functionCode}
  `.execute(em.getKysely());
  const [row] = rows;
  if (!row) throw new Error('a query without a where clause answered without a row');
  return row;
}
