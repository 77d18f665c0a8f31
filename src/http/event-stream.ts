import { Readable } from 'node:stream';

/** One event as server-sent events are written; the data has no line break in it. */
export const eventOf = (name: string, id: string, data: unknown): Buffer =>
  Buffer.from(`event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);

/** That the stream is alive: for proxies, which end what is idle, and for a listener who has lost the server. */
const HEARTBEAT = Buffer.from('event: beat\ndata: {}\n\n');

/**
 * A stream of events of which only the newest counts. One that was not taken before the next came is left out, so
 * a listener that is slow, or gone without a word, costs no memory beyond one event.
 */
export class EventStream extends Readable {
  #isWanted = false;
  #isOver = false;
  #waiting: Buffer | undefined;
  #waitingSince = 0;

  /** `retryMs` is how long a browser waits before it comes back by itself. */
  constructor(retryMs: number) {
    super({ highWaterMark: 1 });
    this.push(`retry: ${retryMs}\n\n`);
  }

  tell(event: Buffer): void {
    if (this.#isOver || this.destroyed) return;
    if (this.#waiting === undefined) this.#waitingSince = performance.now();
    this.#waiting = event;
    this.#pass();
  }

  beat(): void {
    if (this.#waiting === undefined) this.tell(HEARTBEAT);
  }

  /** For how long nothing that was told has been taken. */
  get stalledMs(): number {
    return this.#waiting === undefined ? 0 : performance.now() - this.#waitingSince;
  }

  /** After what was taken already. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = undefined;
    this.push(null);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  override _read(): void {
    this.#isWanted = true;
    this.#pass();
  }

  #pass(): void {
    if (!this.#isWanted || this.#waiting === undefined) return;
    const event = this.#waiting;
    this.#isWanted = false;
    this.#waiting = undefined;
    this.push(event);
  }
}
