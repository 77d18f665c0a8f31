import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { findNewestFact, findRowsOfRuns, namesRow } from '../db/queries/rows-of-runs.ts';
import { commandUnfinishedWork, findUnfinishedWork } from '../db/queries/unfinished-work.ts';
import { type ListedRun, listRuns } from './list-runs.ts';
import { findLosses, type Loss } from './losses.ts';
import { readHistory, type ToldByHistory } from './told-by-history.ts';

export type Repair = { workflow_id: string; repair: 'terminated' | 'commanded'; reason: string };

/** What was repaired, or would be; what a person has to see to; and where the database's knowledge ends. */
export type Reconciliation = { newest_fact_at: string | null; repaired: Repair[]; left: Loss[] };

/** A run whose history is worth reading, since the database knows less than it or may know less. */
export type TellingRun = ListedRun & { told: ToldByHistory; rowIsKnown: boolean };

type Deps = {
  client: Client;
  taskQueue: string;
  em: EntityManager;
  by: Accepting;
  dryRun: boolean;
  /** Leaves aside runs that ended before: they were looked at when they had just been lost. */
  since?: Date | undefined;
  onProgress: (message: string) => void;
};

const PARALLEL = 16;

/**
 * Brings Temporal's runs in line with the database, which is the truth: for after a restore of either, and
 * harmless at any other time. Runs are listed before the rows are read: what was accepted meanwhile is found
 * with its row, and a run that ends has a row that says so.
 */
export async function reconcileRuns(deps: Deps): Promise<Reconciliation> {
  const { em, onProgress } = deps;
  const newest = await findNewestFact(em);
  onProgress('Listing the runs …');
  const { live, telling } = await compareRuns(deps);
  const strays = telling.filter((run) => run.isLive && !run.rowIsKnown);
  onProgress(`Looking for runs that are missing, beside ${live.size} that are live …`);
  const missing = await findMissing(deps, live);
  onProgress(`Reading ${telling.length} histories …`);
  const told = await inBatches(telling, async (run): Promise<TellingRun> => {
    const history = await deps.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    return { ...run, told: readHistory(history) };
  });
  const left = await findLosses(em, told);

  if (!deps.dryRun) {
    await inBatches(strays, (run) => terminate(deps, run));
    if (missing.length > 0) {
      const ids = missing.map(({ workflow_id }) => workflow_id);
      await commandUnfinishedWork(em, deps.by, ids);
    }
  }
  return { newest_fact_at: newest, repaired: [...strays.map(toTermination), ...missing], left };
}

/** The ids of all live runs, and the runs that may know more than the database. */
async function compareRuns({ client, taskQueue, em, since }: Deps) {
  const live = new Set<string>();
  const telling: (ListedRun & { rowIsKnown: boolean })[] = [];
  for await (const page of listRuns(client, taskQueue, since)) {
    const ours = page.filter(({ workflowId }) => namesRow(workflowId));
    const rows = await findRowsOfRuns(em, [...new Set(ours.map(({ workflowId }) => workflowId))]);
    for (const run of ours) {
      if (run.isLive) live.add(run.workflowId);
      const row = rows.get(run.workflowId);
      // A row that is finished was finished before the backup, and nothing of its run came after.
      if (!row || (row.unfinished && run.workflowType !== 'webhookDeliveryWorkflow')) {
        telling.push({ ...run, rowIsKnown: row !== undefined });
      }
    }
  }
  return { live, telling };
}

/** Unfinished rows whose run is not listed as live, and is not live either when it is asked for itself. */
async function findMissing({ client, em }: Deps, live: Set<string>): Promise<Repair[]> {
  const unlisted = (await findUnfinishedWork(em)).filter(({ workflow_id }) => !live.has(workflow_id));
  const asked = await inBatches(unlisted, async ({ workflow_id, reason }): Promise<Repair[]> => {
    const status = await statusOf(client, workflow_id);
    if (status === 'running') return [];
    return [{ workflow_id, repair: 'commanded', reason: `${reason}, ${howItWent(status)}` }];
  });
  return asked.flat();
}

async function statusOf(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name.toLowerCase();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const howItWent = (status: string | undefined): string =>
  status === undefined ? 'and there is no run' : `and its run is ${status}`;

const NO_ROW = 'the database has no such row';

const toTermination = ({ workflowId }: ListedRun): Repair => ({
  workflow_id: workflowId,
  repair: 'terminated',
  reason: NO_ROW,
});

async function terminate({ client, em, by }: Deps, run: ListedRun): Promise<void> {
  try {
    await client.workflow.getHandle(run.workflowId, run.runId).terminate(`allotment reconcile: ${NO_ROW}`);
  } catch (error) {
    const endedMeanwhile = error instanceof WorkflowNotFoundError;
    if (!endedMeanwhile) throw error;
  }
  await recordChange(em.fork(), by, 'terminate_run', run.workflowId);
}

/** A few at a time: Temporal answers others, too. */
async function inBatches<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += PARALLEL) {
    results.push(...(await Promise.all(items.slice(start, start + PARALLEL).map(work))));
  }
  return results;
}
