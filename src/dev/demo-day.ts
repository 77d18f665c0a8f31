import { openDatabase } from '../db/open.ts';
import { migrationPatience } from '../db/patience.ts';
import { findDisagreements } from '../db/queries/find-disagreements.ts';
import type { StackDescription } from './data-folder.ts';
import { DemoFailure } from './demo-api.ts';
import { addUp } from './demo-day-accounts.ts';
import { openOperator } from './demo-day-operator.ts';
import { openReceiver, type Receiver } from './demo-day-receiver.ts';
import { openSales } from './demo-day-sales.ts';
import { startFreshStack } from './demo-day-stack.ts';
import { openScreen, type Screen } from './demo-screen.ts';

const help = `A partner's whole day in a few minutes, on a stack of its own that goes with it: two agencies, 400
reservations, draw-downs, cancellations, late payments, a reallocation, refunds, webhooks to a receiver
that fails now and then; then the accounts are checked and added up.

Usage: npm run demo:day`;

const RESERVATIONS = 400;
const CALLERS = 8;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(help);
} else {
  process.exitCode = await runDay(openScreen());
}

/** Returns the exit code. */
async function runDay(screen: Screen): Promise<number> {
  const startedAt = performance.now();
  screen.title("A partner's day");
  screen.step('A fresh stack, and a receiver for webhooks');
  const receiver = await openReceiver();
  const { starting, stop } = startFreshStack();
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.reject(new DemoFailure(`Stopped by ${signal}.`)));
  }
  const day = async () => {
    const stack = await starting;
    screen.detail(`Temporal Web UI, while the day lasts: ${stack.temporal_ui_url}`);
    await liveThrough(screen, stack, receiver);
  };
  try {
    await Promise.race([day(), interrupted.promise]);
    screen.step(`Done in ${Math.round((performance.now() - startedAt) / 1000)} s`);
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

async function liveThrough(screen: Screen, stack: StackDescription, receiver: Receiver): Promise<void> {
  const sales = openSales(stack);
  const operator = openOperator(screen, stack);
  await sales.register(receiver.url, receiver.trust);

  screen.step(`${RESERVATIONS} reservations by two agencies, ${CALLERS} callers`);
  const fates = await sales.sellAllDay(RESERVATIONS, CALLERS, (done) => {
    if (done % 100 === 0) screen.detail(`${done} of ${RESERVATIONS}`);
  });
  screen.table(fates.map(([what, count]) => [String(count), what]));

  await operator.reallocate();
  screen.step('A payment comes when its hold has ended and the pool is empty');
  await sales.payWhenNothingIsLeft();
  await operator.decideOpenCases();
  screen.step('Every paid order gets its tickets');
  await sales.untilSettled();
  await operator.payRefundsOut();

  screen.step('The webhooks of the day, failed ones again');
  await sales.untilAllDelivered();
  showWebhooks(screen, receiver, await sales.countOrders());
  await addUp(screen, stack);
  await verify(screen, stack);
}

function showWebhooks(screen: Screen, receiver: Receiver, orders: number): void {
  const counts = receiver.counts();
  screen.table(
    [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([type, count]) => [String(count), type]),
  );
  const { requests, faults, forged, events } = receiver.tally();
  screen.detail(`${events} events in ${requests} requests; ${faults} of these failed and came again.`);
  if (forged > 0) throw new DemoFailure(`${forged} webhooks had no valid signature.`);
  const told = counts.get('order.created') ?? 0;
  if (told !== orders) throw new DemoFailure(`There are ${orders} orders, and webhooks told of ${told}.`);
}

async function verify(screen: Screen, stack: StackDescription): Promise<void> {
  screen.step('allotment verify');
  const orm = await openDatabase(stack.database_url, migrationPatience, 1);
  try {
    const found = await findDisagreements(orm.em.fork());
    for (const { check, subject, detail } of found) screen.detail(`${check}: ${subject}: ${detail}`);
    if (found.length > 0) throw new DemoFailure(`${found.length} accounts disagree.`);
  } finally {
    await orm.close();
  }
  screen.detail('All accounts agree.');
}
