import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { lazyTemporalClient } from '../../src/temporal.ts';
import { reservationQuery } from '../../workflows/messages.ts';
import type { reservationWorkflow } from '../../workflows/index.ts';
import type { House } from './house.ts';
import { eventually } from './eventually.ts';

export type ReservationHandle = WorkflowHandle<typeof reservationWorkflow>;

/** A test's own look at the runs of its house, over a connection of its own. */
export type Runs = {
  client: Client;
  of(reservationId: string): ReservationHandle;
  lateOf(paymentId: string): WorkflowHandle;
  /** Waits until Temporal knows the run: its command is delivered after the answer. */
  started(workflowId: string): Promise<void>;
  /** Waits until a reservation's run has read its rows and waits for what comes. */
  waiting(reservationId: string): Promise<void>;
  /** How often a run was started under this id. */
  count(workflowId: string): Promise<number>;
  close(): Promise<void>;
};

/** Opens it where the house has its Temporal; call it after `openHouse`, which sets the address. */
export function openRuns(): Runs {
  const client = lazyTemporalClient();
  const runs: Runs = {
    client,
    of: (reservationId) => client.workflow.getHandle(`reservation:${reservationId}`),
    lateOf: (paymentId) => client.workflow.getHandle(`late-payment:${paymentId}`),
    started: async (workflowId) => {
      await eventually(`a run ${workflowId}`, async () => {
        const described = await client.workflow
          .getHandle(workflowId)
          .describe()
          .catch(() => undefined);
        return described !== undefined;
      });
    },
    waiting: async (reservationId) => {
      await eventually(`the run of ${reservationId} waiting`, async () => {
        const story = await runs
          .of(reservationId)
          .query(reservationQuery)
          .catch(() => undefined);
        return story?.status === 'held';
      });
    },
    count: async (workflowId) => {
      let found = 0;
      for await (const _ of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) found += 1;
      return found;
    },
    close: () => client.connection.close(),
  };
  return runs;
}

/** Moves the clock of one running workflow forward; PostgreSQL's stays. The server does it for real. */
export async function skipAhead(client: Client, workflowId: string, seconds: number): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        fastForwardConfig: { id: randomUUID(), duration: { seconds: seconds as never } },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
}

/** Waits until an order has the status. */
export async function orderBecomes(
  house: House,
  orderId: string,
  status: string,
  patienceMs?: number,
): Promise<void> {
  await eventually(
    `order ${orderId} ${status}`,
    async () => {
      const [order] = await house.sql<{ status: string }>('select status from orders where order_id = $1', [
        orderId,
      ]);
      return order?.status === status;
    },
    patienceMs,
  );
}

/** One row's value, for a short expectation. */
export async function one<R extends object>(house: House, query: string, values: unknown[] = []): Promise<R> {
  const [row] = await house.sql<R>(query, values);
  if (!row) throw new Error(`no row: ${query}`);
  return row;
}

export type Pool = { allocated: number; reserved: number; sold: number };

export async function pool(house: House, productId = 106, channel = 'ota'): Promise<Pool> {
  const { pool } = await one<{ pool: Pool }>(
    house,
    'select channel_allocations -> $2 as pool from product_inventory where product_id = $1',
    [productId, channel],
  );
  return pool;
}

/** Takes what the pool has left, so that units that come free can be taken by whoever is told to. */
export async function emptyPool(house: House, productId: number): Promise<void> {
  const { allocated, reserved, sold } = await pool(house, productId);
  const quantity = allocated - reserved - sold;
  if (quantity === 0) return;
  const answer = await house.post('/api/ota/reserve', { product_id: productId, quantity }, { key: 'ota_2' });
  if (answer.status !== 201) throw new Error(`the pool could not be emptied: ${answer.text}`);
}

/** What became of an order's money: its tickets and refunds, counted. */
export const outcomeOf = (house: House, orderId: string) =>
  one<{ status: string; tickets: number; refunds: number; payments: number }>(
    house,
    `select status,
            (select count(*)::int from tickets t where t.order_id = o.order_id and t.status <> 'void') as tickets,
            (select count(*)::int from refunds f where f.order_id = o.order_id) as refunds,
            (select count(*)::int from payments p where p.order_id = o.order_id) as payments
       from orders o where order_id = $1`,
    [orderId],
  );

/** Waits until every command is marked delivered; the sweep passes over runs that have one on its way. */
export async function allDelivered(house: House, patienceMs?: number): Promise<void> {
  await eventually(
    'all commands delivered',
    async () => (await house.sql('select from workflow_commands where delivered_at is null')).length === 0,
    patienceMs,
  );
}
