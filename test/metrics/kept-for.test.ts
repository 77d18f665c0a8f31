import { describe, expect, it } from '@jest/globals';
import { keptFor } from '../../src/metrics/kept-for.ts';

describe('keptFor', () => {
  const kept = () => {
    let nowMs = 0;
    const finding: PromiseWithResolvers<number>[] = [];
    const find = () => {
      const one = Promise.withResolvers<number>();
      finding.push(one);
      return one.promise;
    };
    const ask = keptFor(1_000, find, () => nowMs);
    return { ask, finding, pass: (ms: number) => (nowMs += ms) };
  };

  it('finds once for all who ask while it is being found, however long that takes', async () => {
    const { ask, finding, pass } = kept();
    const first = ask();
    pass(60_000);
    const second = ask();
    expect(finding).toHaveLength(1);
    finding[0]?.resolve(7);
    expect(await Promise.all([first, second])).toEqual([7, 7]);
  });

  it('keeps an answer for its time, and then finds another', async () => {
    const { ask, finding, pass } = kept();
    const first = ask();
    finding[0]?.resolve(7);
    await first;
    pass(999);
    expect(await ask()).toBe(7);
    pass(1);
    const later = ask();
    finding[1]?.resolve(8);
    expect(await later).toBe(8);
    expect(finding).toHaveLength(2);
  });

  it('shares a failure like an answer, and tries again after it', async () => {
    const { ask, finding, pass } = kept();
    const first = ask();
    finding[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await expect(ask()).rejects.toThrow('away');
    pass(1_000);
    const later = ask();
    finding[1]?.resolve(8);
    expect(await later).toBe(8);
  });
});
