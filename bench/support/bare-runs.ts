import { v7 as uuid } from 'uuid';
import type { WorkflowCommand } from '../../src/db/queries/commands.ts';
import { deliver } from '../../src/relay/deliver.ts';
import { lazyTemporalClient } from '../../src/temporal.ts';
import type { BareRunDone } from '../limits/activities.ts';
import { BARE_TASK_QUEUE } from '../limits/task-queue.ts';
import type { Stack } from './stack.ts';

const PATIENCE_MS = 30_000;
const HOLD_MS = 24 * 60 * 60 * 1000;

export type BareRuns = { run(): Promise<void>; close(): Promise<void> };

/**
 * Runs of the bare workflow on a worker of their own. Each is started and woken by the commands of a sale, as
 * the API delivers them, and has ended for its caller when its second activity says so.
 */
export async function openBareRuns(stack: Stack): Promise<BareRuns> {
  const waiting = new Map<string, () => void>();
  const worker = await stack.startLimit('worker.ts', (message) => {
    const done = message as BareRunDone | null;
    if (done?.type === 'done') waiting.get(done.reservationId)?.();
  });
  Object.assign(process.env, stack.temporal.env);
  const client = lazyTemporalClient();

  return {
    async run() {
      const reservationId = uuid();
      const { promise: done, resolve, reject } = Promise.withResolvers<void>();
      waiting.set(reservationId, resolve);
      const timer = setTimeout(() => reject(new Error('a bare run did not end in 30 s')), PATIENCE_MS);
      try {
        await deliver(client, BARE_TASK_QUEUE, commandOf(reservationId, 'start_reservation'));
        await deliver(client, BARE_TASK_QUEUE, commandOf(reservationId, 'wake_reservation'));
        await done;
      } finally {
        clearTimeout(timer);
        waiting.delete(reservationId);
      }
    },
    async close() {
      await client.connection.close();
      await worker.stop();
    },
  };
}

function commandOf(reservationId: string, kind: WorkflowCommand['kind']): WorkflowCommand {
  const payload = {
    reservation_id: reservationId,
    partner_id: 'agency-1',
    channel: 'ota',
    product_ids: [106],
    expires_at: new Date(Date.now() + HOLD_MS).toISOString(),
  };
  return { command_id: '0', workflow_id: `reservation:${reservationId}`, kind, payload };
}
