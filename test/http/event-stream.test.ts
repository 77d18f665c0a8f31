import { describe, expect, it } from '@jest/globals';
import { EventStream, eventOf } from '../../src/http/event-stream.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Reads all that is there, as a connection that has room again. */
async function take(stream: EventStream): Promise<string> {
  let text = '';
  for (let chunk; (chunk = stream.read() as Buffer | null) !== null; ) {
    text += chunk.toString();
    await turn();
  }
  return text;
}

describe('a stream of events', () => {
  it('says first how soon to come back, then what it is told', async () => {
    const stream = new EventStream(2_000);
    stream.tell(eventOf('overview', '1', { a: 'two\nlines' }));
    expect(await take(stream)).toBe('retry: 2000\n\nevent: overview\nid: 1\ndata: {"a":"two\\nlines"}\n\n');
  });

  it('keeps only the newest for a listener who takes nothing, however much it is told', async () => {
    const stream = new EventStream(2_000);
    await take(stream);
    const long = 'x'.repeat(100_000);
    for (let number = 1; number <= 1_000; number += 1)
      stream.tell(eventOf('overview', `${number}`, { long }));
    expect(stream.readableLength).toBeLessThan(2 * 100_100);
    const text = await take(stream);
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id).at(-1)).toBe('1000');
    expect(text.length).toBeLessThan(3 * 100_100);
  });

  it('beats only where nothing else waits, and tells since when something does', async () => {
    const stream = new EventStream(2_000);
    await take(stream);
    stream.beat();
    expect(await take(stream)).toBe('event: beat\ndata: {}\n\n');
    expect(stream.stalledMs).toBe(0);
    stream.tell(eventOf('overview', '1', {}));
    stream.tell(eventOf('overview', '2', {}));
    stream.beat();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stream.stalledMs).toBeGreaterThan(0);
    expect(await take(stream)).not.toContain('beat');
    expect(stream.stalledMs).toBe(0);
  });

  it('ends after what was taken, and is told nothing more', async () => {
    const stream = new EventStream(2_000);
    await take(stream);
    stream.end();
    stream.end();
    stream.tell(eventOf('overview', '1', {}));
    expect([stream.isOver, await take(stream)]).toEqual([true, '']);
  });
});
