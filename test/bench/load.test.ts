import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { closedLoop, evenSchedule, openLoop } from '../../bench/support/load.ts';

describe('evenSchedule', () => {
  it('spreads a rate evenly over its time', () => {
    expect(evenSchedule(4, 1.5)).toEqual([0, 250, 500, 750, 1_000, 1_250]);
  });

  it('has the whole number of requests for a rate that is none', () => {
    const schedule = evenSchedule((20 * 100) / 60, 60);
    expect(schedule).toHaveLength(2_000);
    expect(schedule[1_999]).toBeCloseTo(59_970);
  });
});

describe('openLoop', () => {
  it('sends what is due although nothing is answered yet', async () => {
    const answered = Promise.withResolvers<void>();
    let sent = 0;
    const sample = await openLoop([0, 5, 10], async () => {
      sent += 1;
      if (sent === 3) answered.resolve();
      await answered.promise;
    });
    expect(sample.durationsMs).toHaveLength(3);
  });

  it('times from when a request was due, not from when it was sent', async () => {
    const dueAt: number[] = [];
    const blockMs = 60;
    const sample = await openLoop([0, 10], async (_, due) => {
      dueAt.push(due);
      const until = performance.now() + blockMs;
      while (dueAt.length === 1 && performance.now() < until);
    });
    expect(dueAt[1]! - dueAt[0]!).toBeCloseTo(10);
    expect(Math.max(...sample.durationsMs)).toBeGreaterThanOrEqual(blockMs - 10);
  });

  it('keeps an error apart from the durations', async () => {
    const sample = await openLoop([0, 0], async (index) => {
      if (index === 1) throw new Error('answered 503');
    });
    expect(sample.durationsMs).toHaveLength(1);
    expect(sample.errors).toEqual(['answered 503']);
  });
});

describe('closedLoop', () => {
  it('makes as many operations as asked for, no caller two at once', async () => {
    const busy = new Set<number>();
    const sample = await closedLoop(3, { operations: 10 }, async (caller) => {
      expect(busy.has(caller)).toBe(false);
      busy.add(caller);
      await sleep(1);
      busy.delete(caller);
    });
    expect(sample.durationsMs).toHaveLength(10);
    expect(sample.errors).toEqual([]);
  });

  it('gives up after a few errors', async () => {
    const sample = await closedLoop(1, { operations: 1_000 }, async () => {
      throw new Error('refused');
    });
    expect(sample.errors).toHaveLength(10);
  });
});
