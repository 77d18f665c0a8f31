import { describe, expect, it } from '@jest/globals';
import { createEndpointTurns } from '../../activities/endpoint-turns.ts';

type Answer = { status: number } | { error: string };

/** Turns on a clock that stands still, and requests that end when the test says. */
function openTurns() {
  const clock = { now: 1_000_000 };
  const turns = createEndpointTurns(() => clock.now);
  const send = (endpoint: string) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    return { outcome: turns(endpoint, () => promise), end: resolve };
  };
  const answered = async (endpoint: string, answer: Answer) => {
    const request = send(endpoint);
    request.end(answer);
    return request.outcome;
  };
  return { clock, send, answered };
}

describe('endpoint turns', () => {
  it('send twenty messages at once to an endpoint, and then one for each that ends', async () => {
    const { send, answered } = openTurns();
    const underWay = Array.from({ length: 20 }, () => send('a'));
    expect(await answered('a', { status: 200 })).toBe('busy');
    underWay[0]?.end({ status: 204 });
    expect(await underWay[0]?.outcome).toEqual({ status: 204 });
    expect(await answered('a', { status: 200 })).toEqual({ status: 200 });
    for (const request of underWay) request.end({ status: 204 });
    await Promise.all(underWay.map(({ outcome }) => outcome));
  });

  it('keep no endpoint waiting for another', async () => {
    const { send, answered } = openTurns();
    const underWay = Array.from({ length: 20 }, () => send('hanging'));
    expect(await answered('other', { status: 200 })).toEqual({ status: 200 });
    for (const request of underWay) request.end({ error: 'no answer' });
    await Promise.all(underWay.map(({ outcome }) => outcome));
  });

  it('leave an endpoint alone for ten seconds after no answer, and not after a bad one', async () => {
    const { clock, answered } = openTurns();
    expect(await answered('a', { error: 'no answer' })).toEqual({ error: 'no answer' });
    expect(await answered('a', { status: 200 })).toBe('silent');
    clock.now += 9_999;
    expect(await answered('a', { status: 200 })).toBe('silent');
    clock.now += 1;
    expect(await answered('a', { status: 500 })).toEqual({ status: 500 });
    expect(await answered('a', { status: 200 })).toEqual({ status: 200 });
  });

  it('free the place of a request that failed in itself', async () => {
    const turns = createEndpointTurns(() => 0);
    const fail = () => Promise.reject(new Error('broken'));
    for (let time = 0; time < 25; time += 1) await expect(turns('a', fail)).rejects.toThrow('broken');
  });
});
