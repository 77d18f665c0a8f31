import { setTimeout as sleep } from 'node:timers/promises';
import { untilSettled } from '../../test/faults/support/accounts.ts';
import { cpuBetween, type CpuSeconds } from './cpu.ts';
import type { Sample } from './load.ts';
import { addAgency, type Agency, enlargePools } from './set-up.ts';
import { type Slice, slice } from './slices.ts';
import { type Member, openStack, type Stack } from './stack.ts';

/** What a case works with. */
export type Bench = {
  stack: Stack;
  api: Member;
  /** The bare counterpart of the API. */
  limits: Member;
  /** Some agencies of one channel. */
  agencies: Agency[];
  byForm<T>(quick: T, long: T): T;
  tell(progress: string): void;
  /** Measures a load; what went wrong in it is kept for the end of the run. */
  measure(load: () => Promise<Sample>, settle?: () => Promise<void>): Promise<Slice>;
  /** Waits until every run has done what there is to do, and nothing moves any more. Returns seconds. */
  untilCaughtUp(): Promise<number>;
  /** Whether runs go on behind the sales: a worker that works and a Temporal that answers. */
  setRuns(wanted: 'paused' | 'on'): Promise<void>;
  /** What went wrong: each is an error of the run, whatever the figures say. */
  problems: string[];
  close(): Promise<void>;
};

const AGENCIES = 4;
const CATCH_UP_MS = 15 * 60_000;
const QUIET_WINDOW_MS = 300;
/** Less than this share of one processor is what the worker and Temporal need for waiting. */
const QUIET_SHARE = 0.2;
const QUIET_TRIES = 200;

export async function openBench(isQuick: boolean, tell: (progress: string) => void): Promise<Bench> {
  const stack = await openStack(tell);
  try {
    const problems: string[] = [];
    tell('API, limits, agencies');
    const [api, limits] = await Promise.all([stack.startApi(), stack.startLimit('server.ts')]);
    await enlargePools(stack, api.url);
    const agencies: Agency[] = [];
    for (let i = 1; i <= AGENCIES; i += 1) agencies.push(await addAgency(stack, api.url, `agency-${i}`));

    let worker: Member | undefined;
    let isFrozen = false;
    const readCpu = () => stack.members.cpu();
    return {
      stack,
      api,
      limits,
      agencies,
      problems,
      byForm: (quick, long) => (isQuick ? quick : long),
      tell,
      measure: async (load, settle) => {
        const done = await slice(readCpu, load, settle);
        problems.push(...done.errors);
        return done;
      },
      untilCaughtUp: async () => {
        const startedAt = performance.now();
        const left = await untilSettled(stack, Date.now() + CATCH_UP_MS);
        if (Object.keys(left).length > 0) problems.push(`runs did not catch up: ${JSON.stringify(left)}`);
        await untilQuiet(readCpu);
        return (performance.now() - startedAt) / 1000;
      },
      setRuns: async (wanted) => {
        if (wanted === 'paused') {
          await worker?.stop();
          worker = undefined;
          if (!isFrozen) stack.freezeTemporal();
          isFrozen = true;
          return;
        }
        if (isFrozen) stack.thawTemporal();
        isFrozen = false;
        worker ??= await stack.startWorker();
      },
      close: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

/** The rows say when work is accepted as done; the processors, when Temporal and the worker have nothing left to do. */
async function untilQuiet(readCpu: () => CpuSeconds | undefined): Promise<void> {
  for (let tries = 0; tries < QUIET_TRIES; tries += 1) {
    const before = readCpu();
    await sleep(QUIET_WINDOW_MS);
    const used = cpuBetween(before, readCpu());
    const isQuiet = !used || used.worker + used.temporal < (QUIET_SHARE * QUIET_WINDOW_MS) / 1000;
    if (isQuiet) return;
  }
}
