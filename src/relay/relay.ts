import type { Client } from '@temporalio/client';
import type { EntityManager } from '../db/open.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { applyCutOff } from '../db/queries/apply-cut-off.ts';
import { lateCommits, sealAuditLog } from '../db/queries/seal-audit.ts';
import { forgetWorker, noteWorker } from '../db/queries/workers.ts';
import { commandOverdueWork } from '../db/queries/open-work.ts';
import { prune } from '../db/queries/prune.ts';
import { leaseDueCommands, markDelivered, markFailed } from '../db/queries/relay-commands.ts';
import { deliver, tellFailure } from './deliver.ts';
import { scheduleStatements } from './schedule-statements.ts';

type Log = { info: (facts: object, message: string) => void; warn: (facts: object, message: string) => void };
/** Is told what the duties have done. */
export type RelayMeters = {
  countCommand: (outcome: 'delivered' | 'failed') => void;
  countSwept: (runs: number) => void;
  countDuty: (duty: string, outcome: 'performed' | 'failed') => void;
};
type Duty = { everyMs: number; name: string; perform: () => Promise<void> };

const BATCH = 50;
const PARALLEL = 8;

/**
 * The worker's standing duties: delivering commands that nobody delivered in time, commanding the runs of
 * overdue rows, sealing the audit log, applying cut-off rules, seeing to the schedule of statements, showing
 * that it lives, deleting what was kept long enough. Every worker performs them; the statements share the work
 * out. Returns a function that stops them and waits for the ones under way.
 */
export function startRelay(deps: {
  client: Client;
  taskQueue: string;
  fork: () => EntityManager;
  log: Log;
  workerId: string;
  /** Decides which day today is, for cut-off rules and statements. */
  timeZone: string;
  meters: RelayMeters;
}): () => Promise<void> {
  const { fork, log, meters } = deps;
  const duties: Duty[] = [
    { everyMs: 500, name: 'relay', perform: () => deliverDue(deps) },
    {
      everyMs: 30_000,
      name: 'sweep',
      perform: async () => {
        const commanded = await commandOverdueWork(fork());
        meters.countSwept(commanded);
        if (commanded > 0) log.info({ commanded }, 'overdue rows commanded');
      },
    },
    { everyMs: 2_000, name: 'seal', perform: () => sealAll(fork, lateCommits.ofSales) },
    { everyMs: 60_000, name: 'seal-late', perform: () => sealAll(fork, lateCommits.ofAny) },
    {
      everyMs: 600_000,
      name: 'schedule',
      perform: () => scheduleStatements(deps.client, deps.taskQueue, deps.timeZone),
    },
    { everyMs: 60_000, name: 'cut-off', perform: () => applyDueCutOffs(deps) },
    { everyMs: 5_000, name: 'heartbeat', perform: () => noteWorker(fork(), deps.workerId) },
    { everyMs: 3_600_000, name: 'prune', perform: () => prune(fork()) },
  ];
  const stopping = new AbortController();
  const loops = duties.map((duty) => repeat(duty, stopping.signal, deps));
  return async () => {
    stopping.abort();
    await Promise.all(loops);
    await forgetWorker(fork(), deps.workerId).catch(() => undefined);
  };
}

async function sealAll(fork: () => EntityManager, back: number): Promise<void> {
  while ((await sealAuditLog(fork(), back)) > 0);
}

async function applyDueCutOffs({ fork, log, timeZone }: Parameters<typeof startRelay>[0]): Promise<void> {
  for (;;) {
    const applied = await applyCutOff(fork(), timeZone);
    if (!applied) return;
    log.info(applied, 'cut-off applied');
  }
}

async function repeat(
  { everyMs, name, perform }: Duty,
  stop: AbortSignal,
  { log, meters }: Parameters<typeof startRelay>[0],
): Promise<void> {
  let failing = false;
  while (!stop.aborted) {
    try {
      await perform();
      meters.countDuty(name, 'performed');
      if (failing) log.info({ duty: name }, 'duty performed again');
      failing = false;
    } catch (error) {
      meters.countDuty(name, 'failed');
      if (!failing) log.warn({ duty: name, reason: tellFailure(error) }, 'duty failed, trying on');
      failing = true;
    }
    await pause(everyMs, stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
    stop.addEventListener('abort', done);
  });
}

/** Delivers every command that is due, a batch at a time. */
async function deliverDue(deps: Parameters<typeof startRelay>[0]): Promise<void> {
  for (;;) {
    const due = await leaseDueCommands(deps.fork(), BATCH);
    if (due.length === 0) return;
    const delivered: string[] = [];
    let failed = 0;
    const work = [...due];
    const deliverNext = async (): Promise<void> => {
      for (let command = work.shift(); command; command = work.shift()) {
        if (await deliverOne(deps, command)) delivered.push(command.command_id);
        else failed += 1;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, deliverNext));
    await markDelivered(deps.fork(), delivered);
    const temporalIsAway = failed > 0 && delivered.length === 0;
    if (temporalIsAway || due.length < BATCH) return;
  }
}

async function deliverOne(
  { client, taskQueue, fork, log, meters }: Parameters<typeof startRelay>[0],
  command: WorkflowCommand,
): Promise<boolean> {
  try {
    await deliver(client, taskQueue, command);
    meters.countCommand('delivered');
    return true;
  } catch (error) {
    const reason = tellFailure(error);
    meters.countCommand('failed');
    log.warn({ workflow_id: command.workflow_id, reason }, 'command not delivered, trying again');
    await markFailed(fork(), command.command_id, reason);
    return false;
  }
}
