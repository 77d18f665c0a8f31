import type { Client } from '@temporalio/client';

/** A run as Temporal lists it. Several runs, one after the other, may have had one workflow id. */
export type ListedRun = {
  workflowId: string;
  runId: string;
  workflowType: string;
  isLive: boolean;
  status: string;
  startedAt: Date;
  /** What the run said of its reservation last. */
  reservationStatus: string | null;
};

const PAGE = 1_000;
/** The types of runs that a row in the database stands behind. */
const types = ['reservationWorkflow', 'latePaymentWorkflow', 'webhookDeliveryWorkflow'];

/**
 * Lists the runs of one installation that a row stands behind, as many at a time as a page has: the live
 * ones, and the ended ones that Temporal still keeps, or of those only what ended since a time. Installations
 * that share a namespace differ by their task queue.
 */
export async function* listRuns(
  client: Client,
  taskQueue: string,
  since?: Date,
): AsyncGenerator<ListedRun[]> {
  const ours = `TaskQueue = ${quoted(taskQueue)} AND WorkflowType IN (${types.map(quoted).join(', ')})`;
  const when = since
    ? ` AND (ExecutionStatus = 'Running' OR CloseTime >= ${quoted(since.toISOString())})`
    : '';
  let page: ListedRun[] = [];
  for await (const run of client.workflow.list({ query: ours + when, pageSize: PAGE })) {
    const [status] = (run.searchAttributes.ReservationStatus ?? []) as string[];
    page.push({
      workflowId: run.workflowId,
      runId: run.runId,
      workflowType: run.type,
      isLive: run.status.name === 'RUNNING',
      status: run.status.name.toLowerCase(),
      startedAt: run.startTime,
      reservationStatus: status ?? null,
    });
    if (page.length === PAGE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
