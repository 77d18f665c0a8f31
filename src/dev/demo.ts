import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { dayOfWeek, eachDate, today } from '../domain/calendar.ts';
import { signWebhook } from '../webhooks/standard-webhook.ts';
import type { StackDescription } from './data-folder.ts';
import { type Client, DemoFailure, openClient } from './demo-api.ts';
import { openScreen, tellDate, tellMoney, tellTime } from './demo-screen.ts';
import { findRunningStack } from './demo-stack.ts';

type Money = { amount: number; currency: string; currency_precision: number };
type Reservation = { reservation_id: string; reserved_until: string };
type PlacedOrder = {
  order_id: string;
  payment_required: Money & { due_by: string };
  price_breakdown: { lines: { customer_type: string; count: number; unit_price: Money; amount: Money }[] };
};
type Order = { status: string; failure_reason: string | null };
type Ticket = {
  ticket_code: string;
  customer_type: string;
  entitlements: { function_code: string; remaining: number }[];
  qr_code: string;
  qr_code_url: string;
};
type Redeemed = { entitlements: Ticket['entitlements'] };

const help = `Sells three units over the public API of the running stack, from the hold to the gate: an agency
reserves and orders, the payment provider's signed webhook pays, the tickets come, the gate admits once.

Usage: npm start         (in one terminal)
       npm run demo      (in another one)

Environment:
  ALLOTMENT_DATA     the data folder of the stack (.allotment)
  NO_COLOR           plain output`;

const PRODUCT_ID = 106;
const FUNCTION_CODE = 'ferry';
const PARTY = [
  { customer_type: 'adult', count: 2 },
  { customer_type: 'child', count: 1 },
];
const UNITS = PARTY.reduce((sum, { count }) => sum + count, 0);
/** The seeded products are in Hong Kong; it decides which day today is. */
const TIME_ZONE = 'Asia/Hong_Kong';
const TICKETS_PATIENCE_MS = 8_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

const screen = openScreen();

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  screen.line(help);
} else {
  process.exitCode = await runDemo();
}

/** Returns the exit code. */
async function runDemo(): Promise<number> {
  const startedAt = performance.now();
  try {
    const stack = await findRunningStack(process.env);
    await sellAndAdmit(stack);
    screen.line('');
    screen.line(`Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    return 0;
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    screen.failure(error.message, error.advice);
    return 1;
  }
}

async function sellAndAdmit(stack: StackDescription): Promise<void> {
  const agency = openClient(stack.api_url, screen, stack.keys.ota);
  const gate = openClient(stack.api_url, screen, stack.keys.gate);
  screen.title(`One sale, from the hold to the gate, at ${stack.api_url}`);

  const reservation = await reserve(agency);
  const order = await placeOrder(agency, reservation);
  await pay(stack, order);
  const tickets = await receiveTickets(agency, order);
  const first = showTickets(tickets);
  await admitOnce(gate, first);
  showRun(stack, reservation);
}

async function reserve(agency: Client): Promise<Reservation> {
  screen.step(`An agency reserves ${UNITS} units of product ${PRODUCT_ID}`);
  const reservation = await agency.post<Reservation>('/api/ota/reserve', {
    product_id: PRODUCT_ID,
    quantity: UNITS,
  });
  screen.detail(`Held until ${tellTime(reservation.reserved_until)}, with nothing paid.`);
  return reservation;
}

async function placeOrder(agency: Client, reservation: Reservation): Promise<PlacedOrder> {
  const visitDate = nextSaturday();
  screen.step(`A family orders two adults and a child for ${tellDate(visitDate)}`);
  const order = await agency.post<PlacedOrder>('/api/ota/orders', {
    reservation_id: reservation.reservation_id,
    customer_details: { name: 'Chan Tai Man', email: 'guest@example.com' },
    pricing_context: { visit_date: visitDate, customer_breakdown: PARTY },
    reference: `demo-${randomUUID()}`,
  });
  const { lines } = order.price_breakdown;
  screen.table([
    ...lines.map(({ customer_type, count, unit_price, amount }) => [
      `${count} × ${customer_type}`,
      tellMoney(unit_price),
      tellMoney(amount),
    ]),
    ['To pay', '', tellMoney(order.payment_required)],
  ]);
  return order;
}

async function pay(stack: StackDescription, order: PlacedOrder): Promise<void> {
  screen.step('The payment provider says in a signed webhook that it is paid');
  const { amount, currency } = order.payment_required;
  const id = `msg_${randomUUID()}`;
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    order_id: order.order_id,
    payment_status: 'SUCCESS',
    payment_reference: `demo-${randomUUID()}`,
    amount,
    currency,
    paid_at: new Date().toISOString(),
  });
  await openClient(stack.api_url, screen).postText('/payments/notify', body, {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signWebhook(stack.webhook_secret, id, timestampSeconds, body),
  });
  screen.detail('The payment is stored. From here on the sale survives whatever crashes.');
}

/** Asks for the order until its run has issued the tickets, less often the longer it takes. */
async function receiveTickets(agency: Client, { order_id }: PlacedOrder): Promise<Ticket[]> {
  screen.step("The order's run issues the tickets");
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const { status, failure_reason } = await agency.getQuietly<Order>(`/api/ota/orders/${order_id}`);
    if (status === 'fulfilled') break;
    if (status !== 'paid') throw new DemoFailure(`The order is ${status}: ${failure_reason ?? 'no reason'}`);
    if (elapsedMs() > TICKETS_PATIENCE_MS) {
      throw new DemoFailure(
        `The order is paid, but has no tickets after ${TICKETS_PATIENCE_MS / 1000} s.`,
        'They come as soon as Temporal and a worker run: look at the lines of `npm start`.',
      );
    }
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
  const waited = (elapsedMs() / 1000).toFixed(1);
  const { items } = await agency.get<{ items: Ticket[] }>(`/api/ota/orders/${order_id}/tickets`);
  screen.detail(`${items.length} tickets, ${waited} s after the payment:`);
  return items;
}

/** Lists the tickets and draws the first one, which is returned. */
function showTickets(tickets: Ticket[]): Ticket {
  const [first] = tickets;
  if (!first) throw new DemoFailure('The order is fulfilled, but its list of tickets is empty.');
  screen.table(
    tickets.map(({ ticket_code, customer_type, entitlements }) => [
      ticket_code,
      customer_type,
      tellRest(entitlements),
    ]),
  );
  screen.qr(first.qr_code, first.qr_code_url);
  return first;
}

async function admitOnce(gate: Client, ticket: Ticket): Promise<void> {
  const scan = () => ({ qr: ticket.qr_code, function_code: FUNCTION_CODE, scan_id: randomUUID() });
  screen.step(`The gate scans this ticket for the ${FUNCTION_CODE}`);
  const redeemed = await gate.post<Redeemed>('/venue/scan', scan());
  screen.detail(`Admitted. Left on the ticket: ${tellRest(redeemed.entitlements)}.`);

  screen.step('Somebody shows the same ticket again');
  const refusal = await gate.postRefused('/venue/scan', scan(), 'NOTHING_REMAINING');
  screen.detail(`Refused. ${refusal.detail}`);
}

function showRun({ temporal_ui_url }: StackDescription, { reservation_id }: Reservation): void {
  const runId = `reservation:${reservation_id}`;
  screen.step('The story of this sale, as its run in Temporal tells it');
  screen.detail(
    temporal_ui_url === null
      ? `Run ${runId} (start the stack with TEMPORAL_UI_URL for a link)`
      : `${temporal_ui_url}/namespaces/${process.env.TEMPORAL_NAMESPACE || 'default'}/workflows/${encodeURIComponent(runId)}`,
  );
}

/** `ferry 1, tea_set 1` */
function tellRest(entitlements: Ticket['entitlements']): string {
  return entitlements.map(({ function_code, remaining }) => `${function_code} ${remaining}`).join(', ');
}

/** The first Saturday after today. */
function nextSaturday(): string {
  const from = today(new Date(), TIME_ZONE);
  const to = today(new Date(Date.now() + 7 * 24 * 3_600_000), TIME_ZONE);
  const saturday = eachDate(from, to).find((date) => date > from && dayOfWeek(date) === 6);
  if (saturday === undefined) throw new Error('seven days hold a Saturday');
  return saturday;
}
