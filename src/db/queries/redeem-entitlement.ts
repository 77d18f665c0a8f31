import { sql } from 'kysely';
import type { EntityManager } from '../open.ts';
import type { Accepting } from './accepting.ts';
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

/** A scan, and by whom. */
export type Scanning = { by: Accepting; scan: Scan };

/**
 * Deducts entitlements of valid tickets, for several scans of different tickets in one statement: the tickets'
 * rows are locked, then their entitlements, and all is decided from the locked rows. Answers the scans in their
 * order: undefined, with nothing changed, for a ticket that does not admit and for a scan id or a jti that is
 * on record; `skip locked` also for a ticket that somebody else holds. An id or a jti that comes in between
 * violates its unique constraint and undoes the whole.
 *
 * `offset 0` has the planner look up each by its index, and not join with all that was ever redeemed.
 */
export async function redeemEntitlements(
  em: EntityManager,
  scannings: Scanning[],
  ofLocked: 'wait' | 'skip locked',
): Promise<(Redeemed | undefined)[]> {
  const by = <T>(column: (by: Accepting) => T) => scannings.map((scanning) => column(scanning.by));
  const of = <T>(column: (scan: Scan) => T) => scannings.map(({ scan }) => column(scan));
  const { rows } = await sql<{ place: number; redeemed: Redeemed }>`
    with scans as materialized (
      select s.*, least(s.scanned_at, clock_timestamp()) as counts_at
        from unnest(${scannings.map((_, place) => place)}::int[], ${by((one) => one.partnerId)}::text[],
                    ${by((one) => one.keyId)}::uuid[], ${by((one) => one.requestId)}::text[],
                    ${of((scan) => scan.redemptionId)}::uuid[], ${of((scan) => scan.scanId)}::text[],
                    ${of((scan) => scan.jti)}::text[], ${of((scan) => scan.tokenExpiresAt)}::timestamptz[],
                    ${of((scan) => scan.ticketCode)}::text[], ${of((scan) => scan.functionCode)}::text[],
                    ${of((scan) => scan.quantity)}::int[], ${of((scan) => scan.venueCode)}::text[],
                    ${of((scan) => scan.scannedAt)}::timestamptz[], ${of((scan) => scan.fingerprint)}::bytea[])
             as s (place, partner_id, key_id, request_id, redemption_id, scan_id, jti, token_expires_at, ticket_code,
                   function_code, quantity, venue_code, scanned_at, fingerprint)
       where not exists (select from redemptions r where r.partner_id = s.partner_id and r.scan_id = s.scan_id offset 0)
         and not exists (select from redemptions r where r.jti = s.jti offset 0)
    ), t as materialized (
      select ticket_code, status, order_id from tickets where ticket_code in (select ticket_code from scans)
       order by ticket_code for update ${sql.raw(ofLocked === 'wait' ? '' : ofLocked)}
    ), e as materialized (
      select entitlement.* from ticket_entitlements entitlement join t using (ticket_code)
       order by ticket_code, function_code for update of entitlement
    ), accepted as (
      select scans.*, e.remaining - scans.quantity as remaining
        from scans join t using (ticket_code) join e using (ticket_code, function_code) join orders o using (order_id)
       where t.status = 'valid' and not is_test_channel(o.channel_id) and e.remaining >= scans.quantity
         and coalesce(token_expires_at > counts_at, true)
    ), deducted as (
      update ticket_entitlements entitlement set remaining = accepted.remaining
        from accepted
       where entitlement.ticket_code = accepted.ticket_code and entitlement.function_code = accepted.function_code
    ), left_over as (
      select ticket_code, sum(now) as total,
             jsonb_agg(jsonb_build_object('function_code', function_code, 'label', label,
                                          'total', total, 'remaining', now) order by position) as entitlements
        from (select e.*, case when e.function_code = accepted.function_code then accepted.remaining
                               else e.remaining end as now
                from e join accepted using (ticket_code)) one
       group by ticket_code
    ), used_up as (
      update tickets set status = 'redeemed' from left_over
       where tickets.ticket_code = left_over.ticket_code and left_over.total = 0
    ), result as (
      select accepted.*, jsonb_build_object('ticket_code', ticket_code, 'function_code', function_code,
               'remaining', remaining, 'entitlements', entitlements) as redeemed
        from accepted join left_over using (ticket_code)
    ), redemption as (
      insert into redemptions (redemption_id, partner_id, key_id, scan_id, jti, ticket_code, function_code,
                               quantity, venue_code, fingerprint, result, scanned_at)
      select redemption_id, partner_id, key_id, scan_id, jti, ticket_code, function_code,
             quantity, venue_code, fingerprint, redeemed, case when scanned_at is not null then counts_at end
        from result
       order by partner_id, scan_id -- Statements with the same ids wait for one another, and must not in a ring.
      returning ${tellRedeemed}
    ), audit as (
      insert into audit_log (actor, key_id, action, subject, request_id, outcome)
      select partner_id, key_id, 'redeem', ticket_code, request_id, 'accepted' from result
    )
    select place, redeemed from result
  `.execute(em.getKysely());
  const answers: (Redeemed | undefined)[] = scannings.map(() => undefined);
  for (const { place, redeemed } of rows) answers[place] = redeemed;
  return answers;
}

/** Tells the partner that sold the ticket, from the new row of `redemptions`. */
const tellRedeemed = tell(
  'ticket.redeemed',
  sql`(select partner_id from orders join tickets using (order_id) where ticket_code = redemptions.ticket_code)`,
  {
    ticket_code: sql`redemptions.ticket_code`,
    order_id: sql`(select order_id from tickets where ticket_code = redemptions.ticket_code)`,
    status: sql`(select case when total = 0 then 'redeemed' else 'valid' end
                   from left_over where left_over.ticket_code = redemptions.ticket_code)`,
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
           coalesce(${scan.tokenExpiresAt}::timestamptz <= least(${scan.scannedAt}::timestamptz, clock_timestamp()), false) as token_expired,
           t.status, coalesce(is_test_channel(o.channel_id), false) as is_test, e.remaining,
           coalesce((select array_agg(function_code order by position) from ticket_entitlements
                      where ticket_code = ${scan.ticketCode}), '{}') as functions,
           (select jsonb_build_object('function_code', function_code, 'quantity', quantity,
                     'venue_code', venue_code, 'venue_name', venues.name,
                     'redeemed_at', wire_time(coalesce(scanned_at, redeemed_at)))
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
