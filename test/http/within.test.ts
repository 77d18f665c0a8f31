import { describe, expect, it } from '@jest/globals';
import { within } from '../../src/http/within.ts';

const FAR_MS = 60_000;

describe('within', () => {
  it('answers what comes in time, be it an answer or a refusal', async () => {
    expect(await within(FAR_MS, Promise.resolve('answer'))).toBe('answer');
    await expect(within(FAR_MS, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('answers 503 instead of what does not come, and hands over what comes after it', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { promise: handedOver, resolve: handOver } = Promise.withResolvers<string>();
    await expect(within(1, promise, handOver)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    resolve('late answer');
    expect(await handedOver).toBe('late answer');
  });

  it('lets what fails after it fail unheard', async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    await expect(within(1, promise)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
