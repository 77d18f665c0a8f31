import { setTimeout as sleep } from 'node:timers/promises';
import type { Sale } from './flow.ts';
import type { Access } from './access.ts';

const LOOK_EVERY_MS = 250;

/** What no run has carried to its end yet, by kind. */
type Unsettled = Record<'undelivered' | 'paid' | 'late' | 'overdue' | 'untold', number>;

/** Waits until nothing is left to be done, or until the time (ms) has come. Returns what is left, by kind. */
export async function untilSettled(access: Access, deadline: number): Promise<Partial<Unsettled>> {
  for (;;) {
    const left = await readUnsettled(access);
    if (Object.keys(left).length === 0 || Date.now() > deadline) return left;
    await sleep(LOOK_EVERY_MS);
  }
}

async function readUnsettled(access: Access): Promise<Partial<Unsettled>> {
  const [row] = await access.sql<Unsettled>(
    `select (select count(*)::int from workflow_commands where delivered_at is null) as undelivered,
            (select count(*)::int from orders where status = 'paid') as paid,
            (select count(*)::int from payments where awaits_units) as late,
            (select count(*)::int from channel_reservations
              where status = 'held' and expires_at < clock_timestamp()) as overdue,
            (select count(*)::int from webhook_deliveries where status = 'pending') as untold`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, count]) => count > 0));
}

/**
 * Sets what the clients were told against what the database holds. Returns every difference: something
 * accepted that is not there, something there twice, or something that nobody has asked for.
 */
export async function findLosses(access: Access, sales: Sale[]): Promise<string[]> {
  const stored = await readStored(access);
  const differences: string[] = [];
  const check = (what: string, told: unknown, found: unknown) => {
    const agree = JSON.stringify(told) === JSON.stringify(found);
    if (!agree) differences.push(`${what}: told ${JSON.stringify(told)}, stored ${JSON.stringify(found)}`);
  };
  for (const sale of sales) {
    const { reference, reservationId, orderId, tickets = [], scans } = sale;
    const found = stored.get(reference);
    stored.delete(reference);
    check(`${reference} reservations`, reservationId ? [reservationId] : [], found?.reservations ?? []);
    check(`${reference} orders`, orderId ? [orderId] : [], found?.orders ?? []);
    check(`${reference} order`, orderStatusOf(sale), found?.status ?? null);
    check(`${reference} hold`, holdStatusOf(sale), found?.hold ?? null);
    check(`${reference} tickets`, tickets.toSorted(), found?.tickets ?? []);
    check(`${reference} payments`, sale.paid ? 1 : 0, found?.payments ?? 0);
    check(`${reference} refunds`, sale.paid && sale.cancelled ? 1 : 0, found?.refunds ?? 0);
    check(`${reference} scans`, scans.map(({ scanId }) => scanId).toSorted(), found?.scans ?? []);
  }
  for (const reference of stored.keys()) differences.push(`${reference}: nobody was told of it`);
  return differences;
}

function orderStatusOf({ orderId, cancelled, paid }: Sale): string | null {
  if (!orderId) return null;
  if (cancelled) return 'cancelled';
  return paid ? 'fulfilled' : 'pending_payment';
}

function holdStatusOf({ reservationId, released, paid }: Sale): string | null {
  if (!reservationId) return null;
  if (released) return 'released';
  return paid ? 'completed' : 'held';
}

type Stored = {
  reference: string;
  reservations: string[];
  hold: string;
  orders: string[];
  status: string | null;
  tickets: string[];
  payments: number;
  refunds: number;
  scans: string[];
};

async function readStored(access: Access): Promise<Map<string, Stored>> {
  const rows = await access.sql<Stored>(
    `select r.reference, array_agg(distinct r.reservation_id::text) as reservations, min(r.status) as hold,
            coalesce(array_agg(distinct o.order_id::text) filter (where o.order_id is not null), '{}') as orders,
            min(o.status) as status,
            coalesce(array_agg(distinct t.ticket_code) filter (where t.ticket_code is not null), '{}') as tickets,
            count(distinct p.payment_id)::int as payments, count(distinct f.refund_id)::int as refunds,
            coalesce(array_agg(distinct s.scan_id) filter (where s.scan_id is not null), '{}') as scans
       from channel_reservations r
       left join orders o using (reservation_id)
       left join tickets t using (order_id)
       left join payments p using (order_id)
       left join refunds f on f.order_id = o.order_id
       left join redemptions s using (ticket_code)
      group by r.reference`,
  );
  return new Map(rows.map((row) => [row.reference, row]));
}

/** The sales in numbers. */
export const tellSales = (sales: Sale[]) => ({
  flows: sales.length,
  paid: sales.filter(({ paid }) => paid).length,
  tickets: sales.flatMap(({ tickets = [] }) => tickets).length,
  scans: sales.flatMap(({ scans }) => scans).length,
  cancelled: sales.filter(({ cancelled }) => cancelled).length,
  released: sales.filter(({ released }) => released).length,
});
