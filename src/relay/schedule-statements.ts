import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';

/** The task queue of an installation that has a namespace to itself. */
const USUAL_QUEUE = 'allotment';

/** While Temporal is away the next try comes soon enough. */
const DEADLINE_MS = 5_000;

/** Installations that share a namespace differ by their task queue. */
export const statementScheduleId = (taskQueue: string): string =>
  taskQueue === USUAL_QUEUE ? 'daily-statement' : `daily-statement:${taskQueue}`;

/**
 * Sees to it that Temporal starts the daily statement half an hour after the business day's end, and makes
 * up for a week in which it was away. A schedule that is there already is brought to these settings, and
 * stays paused where an operator has paused it.
 */
export function scheduleStatements(client: Client, taskQueue: string, timeZone: string): Promise<void> {
  return client.withDeadline(Date.now() + DEADLINE_MS, () => createOrUpdate(client, taskQueue, timeZone));
}

async function createOrUpdate(client: Client, taskQueue: string, timeZone: string): Promise<void> {
  const scheduleId = statementScheduleId(taskQueue);
  const settings = {
    spec: { calendars: [{ hour: 0, minute: 30 }], timezone: timeZone },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'dailyStatementWorkflow',
      workflowId: scheduleId,
      taskQueue,
      args: [],
      staticSummary: 'Daily statement of every partner',
      staticDetails: 'Stores the statements of the business day before the one on which it is due.',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '7 days' as const },
  };
  try {
    await client.schedule.create({ scheduleId, ...settings });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...settings, state }));
  }
}
