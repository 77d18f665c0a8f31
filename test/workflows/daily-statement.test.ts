import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { scheduleStatements, statementScheduleId } from '../../src/relay/schedule-statements.ts';
import { dayBefore } from '../../src/domain/calendar.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { openRuns, type Runs } from '../support/runs.ts';
import { reserved } from '../support/sale.ts';

const ZONE = 'Asia/Hong_Kong';

let house: House;
let runs: Runs;
let scheduleId: string;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  runs = openRuns();
  scheduleId = statementScheduleId(house.config.taskQueue);
  await reserved(house, 4);
  await house.post('/api/ota/reserve', { product_id: 107, quantity: 2 }, { key: 'ota_2' });
  // The day before yesterday, so that yesterday has an opening balance.
  await house.sql(`set session_replication_role = replica;
    update inventory_ledger set recorded_at = clock_timestamp() - interval '2 days';
    update channel_reservations set started_at = started_at - interval '2 days',
                                    expires_at = expires_at - interval '2 days'
     where partner_id in ('demo-ota', 'demo-ota-2');
    set session_replication_role = origin`);
});
afterAll(async () => {
  await runs.client.schedule
    .getHandle(scheduleId)
    .delete()
    .catch(() => undefined);
  await runs.close();
  await house.close();
});

const stored = () =>
  house.sql<{ partner_id: string; business_date: string }>(
    `select partner_id, business_date::text from statements order by 2, 1`,
  );

describe('the schedule of the daily statement', () => {
  it('is made by the worker: half an hour after the end of the business day, a week to make up for', async () => {
    const description = await eventually('the schedule', async () =>
      runs.client.schedule
        .getHandle(scheduleId)
        .describe()
        .catch(() => undefined),
    );
    expect(description.spec.timezone).toBe(ZONE);
    expect(description.spec.calendars).toMatchObject([{ hour: [{ start: 0 }], minute: [{ start: 30 }] }]);
    expect(description.policies).toMatchObject({
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: 7 * 24 * 60 * 60 * 1000,
    });
    const [next] = description.info.nextActionTimes;
    expect(next?.toISOString()).toMatch(/T16:30:00\.000Z$/);
    expect(JSON.stringify(description.action)).toContain('dailyStatementWorkflow');
  });

  it('is made once, however often and by however many, and keeps an operator’s pause', async () => {
    const handle = runs.client.schedule.getHandle(scheduleId);
    await handle.pause('stock-taking');
    const again = () => scheduleStatements(runs.client, house.config.taskQueue, 'Europe/Zurich');
    await Promise.all([again(), again(), again()]);
    const changed = await handle.describe();
    expect([changed.spec.timezone, changed.state.paused, changed.state.note]).toEqual([
      'Europe/Zurich',
      true,
      'stock-taking',
    ]);
    await scheduleStatements(runs.client, house.config.taskQueue, ZONE);
    await handle.unpause();
  });

  it('belongs to the installation alone that has this task queue', () => {
    expect(statementScheduleId('allotment')).toBe('daily-statement');
    expect(statementScheduleId('other')).toBe('daily-statement:other');
  });
});

describe('dailyStatementWorkflow', () => {
  const yesterday = dayBefore(new Date(), ZONE);

  it('stores a statement for each partner that sells, of the day before it was due', async () => {
    await runs.client.schedule.getHandle(scheduleId).trigger();
    await eventually('two statements', async () => (await stored()).length === 2);
    expect(await stored()).toEqual([
      { partner_id: 'demo-ota', business_date: yesterday },
      { partner_id: 'demo-ota-2', business_date: yesterday },
    ]);
    const { body } = await house.get(`/api/ota/statements/${yesterday}`);
    expect(body.products).toMatchObject([
      {
        product_id: 106,
        opening: { reserved: 4, sold: 0 },
        movements: [],
        closing: { reserved: 4, sold: 0 },
      },
    ]);
  });

  it('changes nothing when it runs again, and has ids alone in its history', async () => {
    const handle = await runs.client.workflow.start('dailyStatementWorkflow', {
      taskQueue: house.config.taskQueue,
      workflowId: `again-${house.config.taskQueue}`,
    });
    expect(await handle.result()).toEqual({ businessDate: yesterday, stored: 0 });
    expect(await stored()).toHaveLength(2);
    expect(await house.disagreements()).toEqual([]);
  });
});
