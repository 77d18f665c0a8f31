import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { runWorker } from '../../src/run-worker.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { openRuns, orderBecomes, type Runs } from '../support/runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const deploymentName = `allotment-${randomUUID()}`;
const PATIENCE_MS = 60_000;

describe('workers with versions', () => {
  let house: House;
  let runs: Runs;
  const workers: Awaited<ReturnType<typeof runWorker>>[] = [];
  beforeAll(async () => {
    house = await openHouse();
    runs = openRuns();
    for (const buildId of ['1', '2']) {
      const config = { ...house.config, workerVersion: { deploymentName, buildId } };
      const bundle = { codePath: process.env.TEST_WORKFLOW_BUNDLE ?? '' };
      workers.push(await runWorker(config, createLog('test', 'silent'), { workflowBundle: bundle }));
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const { stop } of workers) stop();
    await Promise.all(workers.map(({ ended }) => ended));
    await runs.close();
    await house.close();
  }, PATIENCE_MS);

  /** As `temporal worker deployment set-current-version` does it, once Temporal has seen that version poll. */
  const makeCurrent = (buildId: string) =>
    eventually(
      `build ${buildId} current`,
      () =>
        runs.client.workflowService
          .setWorkerDeploymentCurrentVersion({
            namespace: runs.client.options.namespace,
            deploymentName,
            buildId,
            identity: 'test',
          })
          .then(() => true)
          .catch(() => false),
      PATIENCE_MS,
    );
  const buildOf = async (reservationId: string) => {
    const { raw } = await runs.of(reservationId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? null;
  };
  const paid = async (reservationId: string) => {
    const { order_id: orderId } = await ordered(house, reservationId, 1);
    expect((await house.notify(orderId)).status).toBe(200);
    return orderId;
  };

  /**
   * Sells from the hold until its run is seen on that version: task queues learn of a change a moment later, and
   * tickets are issued a moment before their workflow task is complete.
   */
  const isCarriedOnBy = (buildId: string, reservationId: string) =>
    eventually(
      `build ${buildId} at work`,
      async () => {
        await orderBecomes(house, await paid(reservationId), 'fulfilled', PATIENCE_MS);
        return (await buildOf(reservationId)) === buildId;
      },
      PATIENCE_MS,
    );

  it('carry a hold on with whichever version is current, forth and back', async () => {
    const reservationId = await reserved(house, 500);
    const first = await paid(reservationId);
    await runs.started(`reservation:${reservationId}`);
    expect(await buildOf(reservationId)).toBeNull();

    await makeCurrent('1');
    await orderBecomes(house, first, 'fulfilled', PATIENCE_MS);
    for (const buildId of ['1', '2', '1']) {
      await makeCurrent(buildId);
      await isCarriedOnBy(buildId, reservationId);
    }
    expect(await house.disagreements()).toEqual([]);
  }, 240_000);
});
