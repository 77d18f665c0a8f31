import { describe, expect, it } from '@jest/globals';
import { latenciesOf, median } from '../../bench/support/percentiles.ts';

describe('latenciesOf', () => {
  it('tells durations that were measured, by nearest rank', () => {
    const durationsMs = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(latenciesOf(durationsMs)).toEqual({ p50Ms: 100, p95Ms: 190, p99Ms: 198, maxMs: 200 });
  });

  it('tells the only duration for each percentile', () => {
    expect(latenciesOf([7])).toEqual({ p50Ms: 7, p95Ms: 7, p99Ms: 7, maxMs: 7 });
  });

  it('tells NaN where nothing was measured', () => {
    expect(latenciesOf([])).toEqual({ p50Ms: NaN, p95Ms: NaN, p99Ms: NaN, maxMs: NaN });
  });

  it('sorts by size, and leaves the durations as they were', () => {
    const durationsMs = [10, 9, 100];
    expect(latenciesOf(durationsMs).maxMs).toBe(100);
    expect(durationsMs).toEqual([10, 9, 100]);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('is NaN of nothing', () => {
    expect(median([])).toBeNaN();
  });
});
