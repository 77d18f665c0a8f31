import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../db/open.ts';
import { migrationPatience } from '../db/patience.ts';
import { findDisagreements } from '../db/queries/find-disagreements.ts';
import { signWebhook } from '../webhooks/standard-webhook.ts';
import type { StackDescription } from './data-folder.ts';
import { type Client, DemoFailure, openClient } from './demo-api.ts';
import { addUp } from './demo-day-accounts.ts';
import { openReceiver, type Receiver } from './demo-day-receiver.ts';
import { startFreshStack } from './demo-day-stack.ts';
import { openScreen } from './demo-screen.ts';

type Agency = { name: 'ota' | 'ota_2'; client: Client };
type Placed = { order_id: string; payment_required: { amount: number } };
type Order = { status: string; refunds: { refund_id: string }[] };
type Page<T> = { items: T[]; next_cursor: string | null };
/** What is done with one reservation. Shares of ten. */
type Fate = 'sold' | 'drawn_down' | 'cancelled_unpaid' | 'cancelled_paid' | 'late' | 'mismatch' | 'kept';

const help = `A partner's whole day in a minute, on a stack of its own that goes with it: two agencies, 400
reservations, draw-downs, cancellations, late payments, a reallocation, a refund, webhooks to a receiver
that fails now and then; then the accounts are checked and added up.

Usage: npm run demo:day`;

const RESERVATIONS = 400;
const CALLERS = 8;
const FATES: Fate[] = [
  'sold',
  'sold',
  'sold',
  'sold',
  'drawn_down',
  'cancelled_unpaid',
  'cancelled_paid',
  'late',
  'mismatch',
  'kept',
];
const PRODUCTS = [106, 107, 108];
const VISIT_DATE_AHEAD_MS = 30 * 24 * 3_600_000;
const SETTLE_PATIENCE_MS = 120_000;
const silent = { call: () => {} };

const screen = openScreen();

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  screen.line(help);
} else {
  process.exitCode = await runDay();
}

/** Returns the exit code. */
async function runDay(): Promise<number> {
  screen.title("A partner's day");
  screen.step('A fresh stack and a receiver for webhooks');
  const receiver = await openReceiver();
  const { stack, stop } = await startFreshStack();
  try {
    await liveThrough(stack, receiver);
    return 0;
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    screen.failure(error.message, error.advice);
    return 1;
  } finally {
    receiver.close();
    await stop();
  }
}

async function liveThrough(stack: StackDescription, receiver: Receiver): Promise<void> {
  const agencies: Agency[] = (['ota', 'ota_2'] as const).map((name) => ({
    name,
    client: openClient(stack.api_url, silent, stack.keys[name]),
  }));
  const admin = openClient(stack.api_url, silent, stack.keys.admin);
  for (const { client } of agencies) await register(client, receiver);

  const fates = await sellAllDay(stack, agencies);
  await reallocate(admin);
  await payWhenNothingIsLeft(stack, agencies[0] as Agency);
  await decideOpenCases(admin);
  await untilSettled(agencies);
  await settleRefunds(admin);

  screen.step('The day in figures');
  screen.table([...fates].map(([fate, count]) => [fate, String(count)]));
  await showWebhooks(receiver, agencies);
  await addUp(screen, stack, agencies);
  await verify(stack);
}

async function register(client: Client, receiver: Receiver): Promise<void> {
  const { secret } = await client.post<{ secret: string }>('/api/ota/webhooks', { url: receiver.url });
  receiver.trust(secret);
}

/** Works through all reservations, a few at a time, and tells how many met which fate. */
async function sellAllDay(stack: StackDescription, agencies: Agency[]): Promise<Map<Fate, number>> {
  screen.step(`${RESERVATIONS} reservations by two agencies, ${CALLERS} callers`);
  const fates = new Map<Fate, number>();
  let next = 0;
  const work = async () => {
    while (next < RESERVATIONS) {
      const number = next;
      next += 1;
      const agency = agencies[number % agencies.length] as Agency;
      const fate = FATES[Math.floor(number / agencies.length) % FATES.length] as Fate;
      await live(stack, agency, fate, PRODUCTS[number % PRODUCTS.length] as number);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
      if (next % 100 === 0) screen.detail(`${next} of ${RESERVATIONS}`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
  return fates;
}

/** One reservation's life. */
async function live(stack: StackDescription, agency: Agency, fate: Fate, productId: number): Promise<void> {
  const { client } = agency;
  const units = 4;
  const { reservation_id: id } = await client.post<{ reservation_id: string }>('/api/ota/reserve', {
    product_id: productId,
    quantity: units,
  });
  if (fate === 'kept') return;
  const order = await placeOrder(client, id, fate === 'drawn_down' ? 1 : units);
  switch (fate) {
    case 'sold':
      return pay(stack, order);
    case 'drawn_down':
      await pay(stack, order);
      await pay(stack, await placeOrder(client, id, 2));
      await client.delete(`/api/ota/reservations/${id}`);
      return;
    case 'cancelled_unpaid':
      await cancel(client, order);
      return;
    case 'cancelled_paid':
      await pay(stack, order);
      await untilFulfilled(client, order);
      await cancel(client, order);
      return;
    case 'late':
      await client.delete(`/api/ota/reservations/${id}`);
      return pay(stack, order);
    case 'mismatch':
      return pay(stack, order, order.payment_required.amount - 100);
  }
}

function placeOrder(client: Client, reservationId: string, adults: number): Promise<Placed> {
  return client.post<Placed>('/api/ota/orders', {
    reservation_id: reservationId,
    customer_details: { name: 'Chan Tai Man', email: 'guest@example.com' },
    pricing_context: {
      visit_date: new Date(Date.now() + VISIT_DATE_AHEAD_MS).toISOString().slice(0, 10),
      customer_breakdown: [{ customer_type: 'adult', count: adults }],
    },
  });
}

async function pay(
  stack: StackDescription,
  order: Placed,
  amount = order.payment_required.amount,
): Promise<void> {
  const body = JSON.stringify({
    order_id: order.order_id,
    payment_status: 'SUCCESS',
    payment_reference: `day-${randomUUID()}`,
    amount,
    currency: 'HKD',
    paid_at: new Date().toISOString(),
  });
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  await openClient(stack.api_url, silent).postText('/payments/notify', body, {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook(stack.webhook_secret, id, timestamp, body),
  });
}

function cancel(client: Client, order: Placed): Promise<unknown> {
  return client.post(`/api/ota/orders/${order.order_id}/cancel`, { reason: 'The guests stay at home.' });
}

async function untilFulfilled(client: Client, order: Placed): Promise<void> {
  await until('an order to get its tickets', async () => {
    const { status } = await client.get<Order>(`/api/ota/orders/${order.order_id}`);
    return status === 'fulfilled';
  });
}

async function reallocate(admin: Client): Promise<void> {
  screen.step('The operator moves 100 units of product 106 from the agencies to the own shop');
  await admin.post('/api/admin/channels/move', { product_id: 106, from: 'ota', to: 'direct', units: 100 });
}

/** A released order is paid after somebody else has taken every unit that was left: it is refunded. */
async function payWhenNothingIsLeft(stack: StackDescription, { client }: Agency): Promise<void> {
  screen.step('A payment comes when its hold has ended and the pool is empty');
  const { reservation_id: id } = await client.post<{ reservation_id: string }>('/api/ota/reserve', {
    product_id: 107,
    quantity: 2,
  });
  const order = await placeOrder(client, id, 2);
  await client.delete(`/api/ota/reservations/${id}`);
  const { available_quantities } = await client.get<{ available_quantities: Record<string, number> }>(
    '/api/ota/inventory?product_ids=107',
  );
  await client.post('/api/ota/reserve', { product_id: 107, quantity: available_quantities['107'] });
  await pay(stack, order);
  await until('its refund', async () => {
    const { status } = await client.get<Order>(`/api/ota/orders/${order.order_id}`);
    return status === 'refund_due';
  });
}

/** Every second open case is accepted, the others are refunded. */
async function decideOpenCases(admin: Client): Promise<void> {
  const { items } = await admin.get<Page<{ payment_id: string }>>(
    '/api/admin/payments?verdict=review&limit=500',
  );
  screen.step(`The operator decides on ${items.length} payments of another amount`);
  for (const [index, { payment_id: id }] of items.entries()) {
    if (index % 2 === 0) await admin.post(`/api/admin/payments/${id}/accept`, {});
    else await admin.post(`/api/admin/payments/${id}/refund`, { reason: 'Another amount was agreed.' });
  }
}

async function untilSettled(agencies: Agency[]): Promise<void> {
  screen.step('Every paid order gets its tickets');
  for (const { client } of agencies) {
    await until('no order to wait for its tickets', async () => {
      const { items } = await client.get<Page<Order>>('/api/ota/orders?status=paid&limit=1');
      return items.length === 0;
    });
  }
}

async function settleRefunds(admin: Client): Promise<void> {
  const { items } = await admin.get<Page<{ refund_id: string }>>('/api/admin/refunds?status=due&limit=500');
  screen.step(`The operator pays ${items.length} refunds out`);
  for (const { refund_id: id } of items) await admin.post(`/api/admin/refunds/${id}/settle`, {});
}

/** Waits until as many orders are known to be fulfilled by webhook as there are. */
async function showWebhooks(receiver: Receiver, agencies: Agency[]): Promise<void> {
  screen.step('What the webhooks told');
  const sold = await countOrders(agencies, ['fulfilled', 'cancelled']);
  const placed = await countOrders(agencies, []);
  await until(
    'the event of every order',
    async () => (receiver.counts().get('order.created') ?? 0) >= placed,
  );
  screen.table(
    [...receiver.counts()]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([type, count]) => [type, String(count)]),
  );
  const { requests, faults, forged, events } = receiver.tally();
  screen.detail(`${events} events in ${requests} requests, of which ${faults} failed and were repeated.`);
  screen.detail(`${placed} orders, ${sold} of them fulfilled or cancelled.`);
  if (forged > 0) throw new DemoFailure(`${forged} webhooks had no valid signature.`);
}

async function countOrders(agencies: Agency[], statuses: string[]): Promise<number> {
  let count = 0;
  for (const { client } of agencies) {
    for (const status of statuses.length > 0 ? statuses : [undefined]) {
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Page<Order> = await client.get(
          `/api/ota/orders?limit=500${status ? `&status=${status}` : ''}${cursor ? `&cursor=${cursor}` : ''}`,
        );
        count += page.items.length;
        cursor = page.next_cursor;
      }
    }
  }
  return count;
}

async function verify(stack: StackDescription): Promise<void> {
  screen.step('allotment verify');
  const orm = await openDatabase(stack.database_url, migrationPatience, 1);
  const found = await findDisagreements(orm.em.fork());
  await orm.close();
  for (const { check, subject, detail } of found) screen.detail(`${check}: ${subject}: ${detail}`);
  if (found.length > 0) throw new DemoFailure(`${found.length} accounts disagree.`);
  screen.detail('All accounts agree.');
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SETTLE_PATIENCE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new DemoFailure(`Waited two minutes in vain for ${what}.`);
    await pause(100);
  }
}
