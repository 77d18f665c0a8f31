import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type { Loss } from '../relay/losses.ts';
import { type Reconciliation, reconcileRuns } from '../relay/reconcile-runs.ts';
import { lazyTemporalClient } from '../temporal.ts';
import { print } from './output.ts';
import { type DatabaseOptions, onDatabase, temporalAddress, UsageError, withDatabase } from './session.ts';

type Options = DatabaseOptions & { temporal?: string; taskQueue: string; since?: string; dryRun?: boolean };

/** `allotment reconcile` */
export function reconcileCommand(program: Command): void {
  onDatabase(
    program
      .command('reconcile')
      .description("after a restore: bring Temporal's runs in line with the database, and list what is lost"),
    'allotment reconcile --dry-run',
    'allotment reconcile --since 2026-12-01T08:00:00Z',
  )
    .option('--temporal <address>', 'TEMPORAL_ADDRESS, or that of the running stack, when absent')
    .option(
      '--task-queue <name>',
      "that of this installation's workers; ALLOTMENT_TASK_QUEUE when absent",
      process.env.ALLOTMENT_TASK_QUEUE || 'allotment',
    )
    .option('--since <time>', 'leave aside runs that ended before, since their losses were seen to')
    .option('--dry-run', 'change nothing, and say what would be done')
    .addHelpText(
      'after',
      `
The database is the truth. Runs without a row are terminated; rows without a run are commanded anew, and a
worker carries them on. What was accepted and is in the database no more cannot be brought back: it is
listed as far as Temporal knows of it. Temporal knows ids, partners, products and times; it knows neither
customers nor ticket codes, and nothing of orders that were not paid. Safe to repeat, also while sales go on.

Exit codes: 0 nothing is left to a person, 1 something is, or it failed, 2 not understood.`,
    )
    .action(async (options: Options) => {
      const since = sinceOf(options);
      const client = lazyTemporalClient(temporalAddress(options));
      try {
        await expectTemporal(client);
        const found = await withDatabase(options, ({ em, by }) =>
          reconcileRuns({
            client,
            taskQueue: options.taskQueue,
            em,
            by,
            dryRun: options.dryRun ?? false,
            since,
            onProgress: (message) => console.error(message),
          }),
        );
        print(options, { dry_run: options.dryRun ?? false, ...found }, () => inWords(found, options));
        if (found.left.length > 0) process.exitCode = 1;
      } finally {
        await client.connection.close();
      }
    });
}

/** A client asks on and on; an operator is told. */
async function expectTemporal(client: Client): Promise<void> {
  try {
    await client.connection.ensureConnected();
  } catch (error) {
    throw new Error('Temporal does not answer. Is TEMPORAL_ADDRESS, or --temporal, where it runs?', {
      cause: error,
    });
  }
}

function sinceOf({ since }: Options): Date | undefined {
  if (since === undefined) return undefined;
  const time = new Date(since);
  if (Number.isNaN(time.getTime())) throw new UsageError(`${since} is not a time, 2026-12-01T08:00:00Z.`);
  return time;
}

function inWords({ newest_fact_at, repaired, left }: Reconciliation, { dryRun }: Options): string {
  const done = dryRun ? 'To be repaired' : 'Repaired';
  return [
    `The last change that the database knows of is of ${newest_fact_at ?? 'no time at all'}.`,
    repaired.length === 0 ? 'Nothing had to be repaired.' : `${done}, ${repaired.length}:`,
    ...repaired.map(({ repair, workflow_id, reason }) => `  ${repair}  ${workflow_id}: ${reason}.`),
    left.length === 0 ? 'Nothing is left to a person.' : `Left to a person, ${left.length}:`,
    ...left.map((loss) => `  ${tellLoss(loss)}`),
  ].join('\n');
}

function tellLoss(loss: Loss): string {
  const of = `${loss.partner ?? 'unknown partner'} (${loss.channel ?? 'unknown channel'}), ${loss.started_at}`;
  switch (loss.kind) {
    case 'reservation':
      return `reservation ${loss.reservation_id} of ${of}, product ${loss.product_ids.join(', ')}: ${tellReservation(loss)} It is gone: the partner has to reserve again.`;
    case 'order':
      return `order ${loss.order_id} of ${of}: ${tellOrder(loss)}`;
    case 'late_payment':
      return `payment ${loss.payment_id} of ${of}, ${tellLateMoney(loss)}`;
    case 'event':
      return `event ${loss.delivery_id}, ${loss.summary}, ${loss.started_at}: ${tellEvent(loss)}`;
  }
}

function tellReservation({ status, units }: Extract<Loss, { kind: 'reservation' }>): string {
  if (!units) return 'its run had not looked at it yet.';
  return `was ${status}, ${units.held} held, ${units.sold} sold, ${units.released} released.`;
}

function tellOrder({ fate, status_now }: Extract<Loss, { kind: 'order' }>): string {
  const tickets =
    fate === 'issued' || fate === 'settled'
      ? ', and its tickets had been issued: their codes admit no more'
      : '';
  if (status_now === null) {
    return `it was paid${tickets}. It is gone: the partner has to order again, or the money goes back.`;
  }
  if (status_now === 'paid')
    return `its tickets had been issued, and their codes admit no more. New ones follow.`;
  return `it was paid${tickets}, and is ${status_now} again. Have the provider send its notification again.`;
}

const decided = {
  undecided: 'nothing had been decided',
  units_taken: 'its units had been taken again',
  refund_due: 'it was to be refunded',
};

function tellLateMoney({ order_id, fate, status_now }: Extract<Loss, { kind: 'late_payment' }>): string {
  const orderIsGone = order_id !== null && status_now === null;
  return [
    `for order ${order_id ?? 'unknown'}: it came after its hold had ended, ${decided[fate]}, and it is gone`,
    orderIsGone
      ? ' with its order: the partner has to order again, or the money goes back'
      : '. Have the provider send its notification again',
    fate === 'refund_due' ? ', unless it was refunded.' : '.',
  ].join('');
}

function tellEvent({ delivered, endpoint_id, endpoint_is_lost }: Extract<Loss, { kind: 'event' }>): string {
  return [
    delivered ? 'the partner was told, and what it was told of is gone.' : 'it had not been delivered.',
    endpoint_is_lost ? ` Endpoint ${endpoint_id} is gone, too: the partner has to register it again.` : '',
  ].join('');
}
