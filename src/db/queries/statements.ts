import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { dayBounds } from '../../domain/calendar.ts';
import type { Summary } from '../../domain/reconciliation.ts';
import type { EntityManager } from '../open.ts';
import { auditByWorker } from './accepting.ts';
import { inOneSnapshot, summarize } from './reconcile.ts';

/** The partners that have begun to sell by the end of a business day and have no statement of it yet. */
export async function listPartnersToState(
  em: EntityManager,
  date: string,
  timeZone: string,
): Promise<string[]> {
  const { end } = dayBounds(date, timeZone);
  const { rows } = await sql<{ partner_id: string }>`
    select partner_id from partners p
     where exists (select from channel_reservations r where r.partner_id = p.partner_id and r.started_at < ${end})
       and not exists (select from statements s where s.partner_id = p.partner_id and s.business_date = ${date}::date)
     order by partner_id`.execute(em.getKysely());
  return rows.map((row) => row.partner_id);
}

/**
 * Stores a partner's statement of a business day, once: a second one changes nothing. A day counts as over a
 * minute after its end. Returns whether it was stored now; fails while a transaction that may still add a row
 * to the day is under way, which ends in seconds.
 */
export async function storeStatement(
  em: EntityManager,
  partnerId: string,
  date: string,
  timeZone: string,
): Promise<boolean> {
  const bounds = dayBounds(date, timeZone);
  const transaction = await beginAfter(em, bounds.end);
  if (transaction === undefined) return false;
  await untilEndedBefore(em, transaction);
  const content: Summary = await inOneSnapshot(em, (tx) => summarize(tx, { partnerId, ...bounds }));
  const { rows } = await sql`
    with stored as (
      insert into statements (partner_id, business_date, ends_at, content)
      values (${partnerId}, ${date}::date, ${bounds.end}, ${JSON.stringify(content)}::jsonb)
      on conflict on constraint statements_one_for_a_day do nothing
      returning partner_id, business_date
    ), ${auditByWorker('store_statement', 'stored', sql`partner_id || '/' || business_date`, sql`'daily-statement'`)}
    select 1 from stored`.execute(em.fork().getKysely());
  return rows.length === 1;
}

/**
 * The number of a transaction that begins after the day. It is higher than that of whatever has written to the
 * day: every statement locks a row, which numbers its transaction, before its ledger rows take their time.
 * Undefined while the day is not over.
 */
async function beginAfter(em: EntityManager, end: Date): Promise<string | undefined> {
  const { rows } = await sql<{ transaction: string }>`
    select pg_current_xact_id()::text as transaction
     where ${end}::timestamptz + interval '1 minute' <= statement_timestamp()`.execute(em.fork().getKysely());
  return rows[0]?.transaction;
}

/** Transactions end within seconds; a caller that is not done by then tries again. */
const WAIT_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** A row may carry a time of the day and be committed after it: none does, once all that began before have ended. */
async function untilEndedBefore(em: EntityManager, transaction: string): Promise<void> {
  const db = em.fork().getKysely();
  for (let waitedMs = 0; waitedMs <= WAIT_MS; waitedMs += LOOK_EVERY_MS) {
    const { rows } = await sql`
      select where pg_snapshot_xmin(pg_current_snapshot()) > ${transaction}::xid8`.execute(db);
    if (rows.length > 0) return;
    await setTimeout(LOOK_EVERY_MS);
  }
  throw new Error('Transactions that may belong to the day are still under way.');
}

export type StoredStatement = {
  partner_id: string;
  business_date: string;
  created_at: string;
  content: Summary;
};

/** Where a page of statements begins: after this day, and on this day after this partner. */
export type StatementPosition = { date: string; partnerId: string };

/** Statements, latest first, of one partner or of all. */
export async function findStatements(
  em: EntityManager,
  wanted: { partnerId: string | null; from: string | null; to: string | null },
  after: StatementPosition | null,
  limit: number,
): Promise<StoredStatement[]> {
  const { rows } = await sql<StoredStatement>`
    select partner_id, business_date::text, to_jsonb(created_at) #>> '{}' as created_at, content
      from statements
     where (${wanted.partnerId}::text is null or partner_id = ${wanted.partnerId})
       and business_date between coalesce(${wanted.from}::date, '-infinity') and coalesce(${wanted.to}::date, 'infinity')
       and (${after?.date ?? null}::date is null or business_date < ${after?.date ?? null}::date
            or (business_date = ${after?.date ?? null}::date and partner_id > ${after?.partnerId ?? ''}))
     order by business_date desc, partner_id limit ${limit}`.execute(em.getKysely());
  return rows;
}
