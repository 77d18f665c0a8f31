import { describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { retryAfterSeconds, retryWaitMs } from '../../src/domain/webhooks.ts';

describe('retryWaitMs', () => {
  it('is the same for the same delivery and attempt, in every release', () => {
    const id = '0193a000-0000-7000-8000-000000000001';
    expect(retryAfterSeconds.map((_, index) => retryWaitMs(id, index + 1))).toEqual([
      5427, 27267, 326069, 1526090, 8417615, 14823185, 37671709, 55657125, 68475542, 79432151,
    ]);
  });

  it('lies within a fifth of the schedule, for every attempt', () => {
    for (const [index, seconds] of retryAfterSeconds.entries()) {
      for (let delivery = 0; delivery < 200; delivery += 1) {
        const waitMs = retryWaitMs(uuid(), index + 1) ?? NaN;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(Math.abs(waitMs / (seconds * 1000) - 1)).toBeLessThanOrEqual(0.2);
      }
    }
  });

  it('spreads deliveries that fail together evenly', () => {
    const parts = Array.from({ length: 10 }, () => 0);
    for (let delivery = 0; delivery < 10_000; delivery += 1) {
      // Ids of one moment, which differ in their last digits alone.
      const id = `0193a000-0000-7000-8000-${String(delivery).padStart(12, '0')}`;
      const part = Math.min(9, Math.floor(((retryWaitMs(id, 3) ?? NaN) / 300_000 - 0.8) * 25));
      parts[part] = (parts[part] ?? NaN) + 1;
    }
    for (const deliveries of parts) expect(Math.abs(deliveries - 1_000)).toBeLessThan(200);
  });

  it('is another one for the next attempt of the same delivery', () => {
    const last = retryAfterSeconds.length;
    const waits = Array.from({ length: 100 }, () => uuid()).map((id) => [
      retryWaitMs(id, last - 1),
      retryWaitMs(id, last),
    ]);
    expect(waits.filter(([before, after]) => before === after).length).toBeLessThan(5);
  });

  it('is none after the last attempt', () => {
    expect(retryWaitMs(uuid(), retryAfterSeconds.length + 1)).toBeUndefined();
  });
});
