import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import {
  inOneSnapshot,
  type LedgerLine,
  type Period,
  readLedgerLines,
  readUnits,
} from '../db/queries/reconcile.ts';
import { accountsFrom, type Balance, plus } from '../domain/reconciliation.ts';
import type { Services } from './services.ts';

/** Movements read at a time: what is in memory does not grow with the period. */
const BATCH = 500;

const columns = [
  'entry_id',
  'recorded_at',
  'partner_id',
  'product_id',
  'channel',
  'reason',
  'allocated',
  'reserved',
  'sold',
  'reservation_id',
  'reservation_reference',
  'order_id',
  'order_reference',
  'payment_ids',
  'tickets_issued',
  'tickets_redeemed',
  'tickets_void',
  'redemptions',
];
type Row = Record<string, string | number | null>;
type Pool = { productId: number; channel: string; balance: Balance };

/**
 * A period as CSV: a row `opening` for each product and channel, every movement, a row `closing` for each.
 * The columns of units add up: what closes is what opened and everything in between.
 */
export async function streamReconciliation(services: Services, period: Period): Promise<Readable> {
  // Read before the answer begins: a database that is away is then told as such.
  const pools = await readOpenings(services.reports(), period);
  const ofAll = period.partnerId === null;
  const rows = Readable.from(readRows(services, period, pools), { highWaterMark: 16 });
  const csv = stringify({
    header: true,
    columns: columns.filter((column) => ofAll || (column !== 'allocated' && column !== 'partner_id')),
  });
  rows.on('error', (error) => csv.destroy(error));
  csv.on('close', () => rows.destroy());
  return rows.pipe(csv);
}

async function* readRows(
  { reports }: Services,
  period: Period,
  pools: Map<string, Pool>,
): AsyncGenerator<Row> {
  for (const pool of inOrder(pools)) yield balanceRow('opening', pool);
  for (let after = ''; ; ) {
    const from = after;
    const batch = await inOneSnapshot(reports(), (tx) => readLedgerLines(tx, period, from, BATCH));
    for (const line of batch) {
      add(pools, line);
      yield lineRow(line);
    }
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) break;
    after = last.entry_id;
  }
  for (const pool of inOrder(pools)) yield balanceRow('closing', pool);
}

/** Every product's balance before the period. */
async function readOpenings(em: ReturnType<Services['reports']>, period: Period): Promise<Map<string, Pool>> {
  const units = await inOneSnapshot(em, (tx) => readUnits(tx, period));
  return new Map(
    accountsFrom(units, []).map(({ productId, channel, opening }) => [
      `${productId}/${channel}`,
      { productId, channel, balance: opening },
    ]),
  );
}

function add(pools: Map<string, Pool>, line: LedgerLine): void {
  const key = `${line.product_id}/${line.channel}`;
  const pool = pools.get(key) ?? {
    productId: line.product_id,
    channel: line.channel,
    balance: { allocated: 0, reserved: 0, sold: 0 },
  };
  pool.balance = plus(pool.balance, line);
  pools.set(key, pool);
}

const inOrder = (pools: Map<string, Pool>): Pool[] =>
  [...pools.values()].sort((a, b) => a.productId - b.productId || (a.channel < b.channel ? -1 : 1));

const balanceRow = (reason: 'opening' | 'closing', { productId, channel, balance }: Pool): Row => ({
  product_id: productId,
  channel,
  reason,
  ...balance,
});

const lineRow = ({ tickets, payment_ids, ...line }: LedgerLine): Row => ({
  ...line,
  recorded_at: new Date(line.recorded_at).toISOString(),
  reservation_reference: asText(line.reservation_reference),
  order_reference: asText(line.order_reference),
  payment_ids: payment_ids.join(';'),
  tickets_issued: tickets.issued,
  tickets_redeemed: tickets.redeemed,
  tickets_void: tickets.void,
});

/** A spreadsheet takes a text that begins like a formula for one; references are whatever somebody chose. */
const asText = (text: string | null): string | null => (text && /^[=+\-@]/.test(text) ? `'${text}` : text);
