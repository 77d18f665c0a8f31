/**
 * Records the histories that replay.test.ts replays, one for each path through the workflows, from real runs
 * on the real servers. Run it when a workflow is changed on purpose, after the runs that the change breaks
 * have ended (or the change is behind `patched`), and commit what it writes:
 *
 *     npx node test/replay/record.ts <name of a history> …
 *
 * A history that is kept stands for the runs that live through a deployment: never record over one to make
 * the test pass.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { HoldRequest } from '../../activities/holds.ts';
import { retryAfterSeconds, retryWaitMs } from '../../src/domain/webhooks.ts';
import { searchAttributes } from '../../workflows/messages.ts';
import { historyToJson } from '../support/history.ts';
import globalSetup, { stopServers } from '../support/global-setup.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { emptyPool, one, openRuns, orderBecomes, type Runs, skipAhead } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';
import { openReceiver, registered, lastDelivery } from '../support/receiver.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Each lives one path through and returns the id of its run; with the run's own where others follow it. */
const paths: Record<
  string,
  (house: House, runs: Runs) => Promise<string | { workflowId: string; runId: string }>
> = {
  'sold-out': async (house) => {
    const reservationId = await reserved(house, 3);
    for (const adults of [1, 2]) {
      const { order_id: orderId } = await ordered(house, reservationId, adults);
      await house.notify(orderId);
      await orderBecomes(house, orderId, 'fulfilled');
    }
    return `reservation:${reservationId}`;
  },
  'partly-sold': async (house, runs) => {
    const reservationId = await reserved(house, 5);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await ordered(house, reservationId, 1);
    await house.notify(orderId);
    await orderBecomes(house, orderId, 'fulfilled');
    await skipAhead(runs.client, `reservation:${reservationId}`, DAY_SECONDS);
    return `reservation:${reservationId}`;
  },
  'extended-then-expired': async (house, runs) => {
    const reservationId = await reserved(house, 2);
    const workflowId = `reservation:${reservationId}`;
    const extendTo = async (hours: number) => {
      const { deadline } = await one<{ deadline: string }>(
        house,
        `update channel_reservations set expires_at = started_at + make_interval(hours => $2::int)
          where reservation_id = $1 returning to_jsonb(expires_at) #>> '{}' as deadline`,
        [reservationId, hours],
      );
      return deadline;
    };
    const known = (deadline: string) =>
      eventually('the deadline in the run', async () => {
        const story = await runs
          .of(reservationId)
          .query<{ expiresAt: string }>('reservation')
          .catch(() => undefined);
        return story?.expiresAt === deadline;
      });
    const shorter = await extendTo(1);
    await runs.waiting(reservationId);
    await runs.of(reservationId).signal('lookAgain');
    await known(shorter);
    const longer = await extendTo(20);
    await skipAhead(runs.client, workflowId, 3_600);
    await known(longer);
    await skipAhead(runs.client, workflowId, DAY_SECONDS);
    return workflowId;
  },
  'extended-and-shown': async (house, runs) => {
    const reservationId = await reserved(house, 2);
    await runs.waiting(reservationId);
    for (const hours of [2, 72]) {
      const { body } = await house.post(
        `/api/admin/reservations/${reservationId}/extend`,
        { hours },
        { key: 'admin' },
      );
      await eventually('the new deadline among what runs are searched by', async () => {
        const { typedSearchAttributes } = await runs.of(reservationId).describe();
        const shown = typedSearchAttributes.get(searchAttributes.holdExpiresAt);
        return shown?.toISOString() === body.reserved_until;
      });
    }
    await house.delete(`/api/ota/reservations/${reservationId}`);
    return `reservation:${reservationId}`;
  },
  released: async (house, runs) => {
    const reservationId = await reserved(house, 3);
    await runs.waiting(reservationId);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    return `reservation:${reservationId}`;
  },
  'sold-out-so-absent': async (house, runs) => {
    const reservationId = randomUUID();
    return started(house, runs, reservationId, requestOf(reservationId, 1_000_000));
  },
  'held-by-its-run-then-released': async (house, runs) => {
    const reservationId = randomUUID();
    const workflowId = await started(house, runs, reservationId, requestOf(reservationId, 2));
    await runs.waiting(reservationId);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    return workflowId;
  },
  'continued-as-new': async (house, runs) => {
    const reservationId = await reserved(house, 1);
    await runs.waiting(reservationId);
    const { runId } = await runs.of(reservationId).describe();
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 50 }, () => runs.of(reservationId).signal('lookAgain')));
    }
    await eventually('another run', async () => (await runs.of(reservationId).describe()).runId !== runId);
    await house.delete(`/api/ota/reservations/${reservationId}`);
    return { workflowId: `reservation:${reservationId}`, runId };
  },
  refused: async (house) => {
    const reservationId = await reserved(house, 2, 107);
    const { order_id: orderId } = await ordered(house, reservationId, 2);
    await house.sql('update product_functions set active = false where product_id = 107');
    await house.notify(orderId);
    await orderBecomes(house, orderId, 'refund_due');
    await house.sql('update product_functions set active = true where product_id = 107');
    return `reservation:${reservationId}`;
  },
  'late-payment-fulfilled': async (house) => latePayment(house, await lapsedOrder(house)),
  'late-payment-refunded': async (house) => {
    const orderId = await lapsedOrder(house);
    await emptyPool(house, 108);
    return latePayment(house, orderId);
  },
  'late-payment-refused': async (house) => {
    const orderId = await lapsedOrder(house);
    await house.sql('update product_functions set active = false where product_id = 108');
    const workflowId = await latePayment(house, orderId);
    await orderBecomes(house, orderId, 'refund_due');
    await house.sql('update product_functions set active = true where product_id = 108');
    return workflowId;
  },
  'webhook-delivered-at-once': (house, runs) => webhook(house, runs, [204]),
  'webhook-absent': async (house, runs) => {
    const deliveryId = randomUUID();
    const workflowId = `webhook-delivery:${deliveryId}`;
    await runs.client.workflow.start('webhookDeliveryWorkflow', {
      taskQueue: house.config.taskQueue,
      workflowId,
      args: [{ deliveryId }],
    });
    return workflowId;
  },
  'webhook-delivered-after-failures': (house, runs) => webhook(house, runs, [500, 503, 302, 200]),
  'webhook-replayed-while-waiting': (house, runs) => webhook(house, runs, [500, 204], true),
  'webhook-failed-after-three-days': (house, runs) =>
    webhook(
      house,
      runs,
      Array.from({ length: retryAfterSeconds.length + 1 }, () => 500),
    ),
  'webhook-gone': (house, runs) => webhook(house, runs, [410]),
  'daily-statement': async (house, runs) => {
    const reservationId = await reserved(house, 1);
    await house.sql(
      `update channel_reservations set started_at = started_at - interval '2 days',
              expires_at = expires_at - interval '2 days' where reservation_id = $1`,
      [reservationId],
    );
    const { workflowId } = await runs.client.workflow.start('dailyStatementWorkflow', {
      taskQueue: house.config.taskQueue,
      workflowId: 'daily-statement-recorded',
    });
    await runs.client.workflow.getHandle(workflowId).result();
    return workflowId;
  },
  'step-retried': async (house, runs) => {
    const reservationId = await reserved(house, 1);
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    await house.sql(
      `create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    await house.sql(
      'create trigger not_now before insert on tickets for each row execute function not_now()',
    );
    await house.notify(orderId);
    await eventually('a pending activity that has failed', async () => {
      const { raw } = await runs.of(reservationId).describe();
      return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) > 1);
    });
    await house.sql('drop trigger not_now on tickets');
    return `reservation:${reservationId}`;
  },
};

/** A hold that its run is to take itself. */
const requestOf = (reservationId: string, units: number): HoldRequest => ({
  reservationId,
  lines: [{ productId: 106, units }],
  reference: null,
  expiresAt: null,
  holdSeconds: 600,
  partnerId: 'demo-ota',
  channel: 'ota',
});

async function started(
  house: House,
  runs: Runs,
  reservationId: string,
  request: HoldRequest,
): Promise<string> {
  const workflowId = `reservation:${reservationId}`;
  await runs.client.workflow.start('reservationWorkflow', {
    taskQueue: house.config.taskQueue,
    workflowId,
    args: [{ reservationId, request }],
  });
  return workflowId;
}

/** A test event to a receiver that answers with the statuses in turn; each wait is skipped. */
async function webhook(house: House, runs: Runs, statuses: number[], replay = false): Promise<string> {
  const receiver = await openReceiver();
  receiver.answer = () => ({ status: statuses[receiver.received.length - 1] ?? 204 });
  const { endpoint_id: endpointId } = await registered(house, receiver.url);
  const { delivery_id: deliveryId } = (await house.post(`/api/ota/webhooks/${endpointId}/test`)).body;
  const workflowId = `webhook-delivery:${deliveryId}`;
  for (const attempt of Array.from({ length: statuses.length - 1 }, (_, index) => index + 1)) {
    await lastDelivery(house, endpointId, 'pending', attempt);
    if (replay) await house.post(`/api/ota/webhooks/deliveries/${deliveryId}/replay`);
    else await skipAhead(runs.client, workflowId, Math.ceil((retryWaitMs(deliveryId, attempt) ?? 0) / 1000));
  }
  await runs.started(workflowId);
  await runs.client.workflow.getHandle(workflowId).result();
  await receiver.close();
  await house.delete(`/api/ota/webhooks/${endpointId}`);
  return workflowId;
}

async function lapsedOrder(house: House): Promise<string> {
  const reservationId = await reserved(house, 2, 108);
  const { order_id: orderId } = await ordered(house, reservationId, 2);
  await house.delete(`/api/ota/reservations/${reservationId}`);
  return orderId;
}

async function latePayment(house: House, orderId: string): Promise<string> {
  await house.notify(orderId);
  const payment = await one<{ payment_id: string }>(
    house,
    'select payment_id from payments where order_id = $1',
    [orderId],
  );
  return `late-payment:${payment.payment_id}`;
}

/** Without the names of the machine and its folders. */
function scrubbed(json: string): string {
  return JSON.stringify(
    JSON.parse(json, (key, value: unknown) => {
      if (key === 'stackTrace') return '';
      if (key === 'identity') return 'worker';
      return typeof value === 'string'
        ? value.replaceAll(new RegExp(`\\d+@${hostname()}`, 'g'), 'worker').replaceAll(hostname(), 'worker')
        : value;
    }),
    null,
    1,
  );
}

const folder = fileURLToPath(new URL('histories/', import.meta.url));
await globalSetup();
try {
  mkdirSync(folder, { recursive: true });
  const house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  const runs = openRuns();
  const asked = new Set(process.argv.slice(2));
  for (const [name, live] of Object.entries(paths).filter(([name]) => asked.has(name))) {
    const lived = await live(house, runs);
    const { workflowId, runId } = typeof lived === 'string' ? { workflowId: lived, runId: undefined } : lived;
    await runs.started(workflowId);
    const handle = runs.client.workflow.getHandle(workflowId, runId);
    const result: unknown = await handle.result();
    writeFileSync(`${folder}${name}.json`, `${scrubbed(historyToJson(await handle.fetchHistory()))}\n`);
    process.stdout.write(`${name}: ${JSON.stringify(result)}\n`);
  }
  await runs.close();
  await house.close();
} finally {
  await stopServers();
}
