import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { npmStart, type StartedStack } from '../support/npm-start.ts';
import { findLosses, tellSales, untilSettled } from './support/accounts.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { byForm, seed } from './support/form.ts';
import { openAccess } from './support/access.ts';
import { report } from './support/report.ts';
import { type Selling, sell } from './support/selling.ts';

const SIZE = byForm({ flows: 16, clients: 8 }, { flows: 100, clients: 16 });
const CUTS = byForm(1, 4);
const SELLING_BEFORE_A_CUT_MS = 1_500;
const SETTLED_WITHIN_MS = 60_000;

describe('npm start, with all its processes killed at once', () => {
  let stack: StartedStack;
  let caller: Caller;
  let selling: Selling;

  beforeAll(async () => {
    stack = await npmStart({ ALLOTMENT_RATE_LIMIT_PER_MINUTE: '1000000' });
    const { api_url, keys, webhook_secret } = stack.describe();
    caller = openCaller([api_url], { keys, webhookSecret: webhook_secret });
    selling = sell(caller, SIZE);
    for (let cut = 0; cut < CUTS; cut += 1) {
      await sleep(SELLING_BEFORE_A_CUT_MS);
      await stack.cutPower();
      await stack.startAgain();
    }
    await selling.ended;
  });
  afterAll(async () => {
    report(`Power cut ${CUTS} times`, {
      seed,
      requests: caller.tally,
      sales: tellSales(selling.sales),
    });
    await stack.remove();
  });

  it('loses nothing that it accepted', async () => {
    const access = openAccess(stack.describe().database_url);
    expect(caller.tally.faulty).toEqual([]);
    expect(selling.sales.flatMap(({ surprises }) => surprises)).toEqual([]);
    expect(await untilSettled(access, Date.now() + SETTLED_WITHIN_MS)).toEqual({});
    expect(await findLosses(access, selling.sales)).toEqual([]);
    expect(await access.disagreements()).toEqual([]);
  });
});
