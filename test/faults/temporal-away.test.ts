import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { byForm } from './support/form.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { report } from './support/report.ts';
import { outcomeOf, type Steps, stepsOf } from './support/steps.ts';

const AWAY_MS = byForm(5_000, 60_000);
const SALE_EVERY_MS = 100;
const SETTLED_WITHIN_MS = 60_000;

let machine: Machine;
let caller: Caller;
let steps: Steps;
let soldBefore: { ticket_code: string; qr_code: string }[];
const orders: { orderId: string; units: number }[] = [];

beforeAll(async () => {
  machine = await openMachine();
  await machine.start('postgres', 'temporal', 'api', 'worker');
  caller = openCaller([machine.apiUrl], machine);
  steps = stepsOf(caller);
  const { orderId } = await steps.heldAndOrdered(2);
  soldBefore = (await steps.activate(orderId)).tickets;
  await machine.kill('temporal');
  const returnsAt = Date.now() + AWAY_MS;
  const sales: Promise<void>[] = [];
  while (Date.now() < returnsAt) {
    sales.push(sellOne(sales.length));
    await sleep(SALE_EVERY_MS);
  }
  await Promise.all(sales);
});
afterAll(async () => {
  report(`Temporal away for ${AWAY_MS / 1000} s`, {
    'orders paid meanwhile': orders.length,
    requests: caller.tally,
  });
  await machine.close();
});

describe('while Temporal is away', () => {
  it('accepts every sale at the first attempt', () => {
    expect(caller.tally).toMatchObject({ repeats: 0, faulty: [] });
    expect(orders.length).toBeGreaterThan(10);
  });

  it('admits with tickets that were sold before', async () => {
    const [ticket] = soldBefore;
    const body = { qr: ticket?.qr_code, function_code: 'ferry', scan_id: 'while-away' };
    expect(await caller.post('/venue/scan', body, 'gate')).toMatchObject({
      status: 200,
      body: { remaining: 0 },
    });
  });

  it('keeps every payment, without tickets', async () => {
    for (const { orderId } of orders) {
      expect(await outcomeOf(machine, orderId)).toEqual({
        status: 'paid',
        tickets: 0,
        payments: 1,
        refunds: 0,
      });
    }
  });
});

describe('when Temporal is back', () => {
  it('issues every ticket, once', async () => {
    await machine.start('temporal');
    if (!machine.isUp('worker')) await machine.start('worker');
    expect(await untilSettled(machine, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    for (const { orderId, units } of orders) {
      expect(await outcomeOf(machine, orderId)).toEqual({
        status: 'fulfilled',
        tickets: units,
        payments: 1,
        refunds: 0,
      });
    }
    expect(await machine.disagreements()).toEqual([]);
  });
});

async function sellOne(number: number): Promise<void> {
  const units = 1 + (number % 3);
  const { orderId } = await steps.heldAndOrdered(units);
  await (number % 2 === 0 ? steps.activate(orderId) : steps.notify(orderId));
  orders.push({ orderId, units });
}
