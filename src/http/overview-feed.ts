import type { ServerResponse } from 'node:http';
import { finished, type Readable } from 'node:stream';
import { findLiveOperators } from '../db/queries/find-live-operators.ts';
import { Refusal } from '../domain/errors.ts';
import { EventStream, eventOf } from './event-stream.ts';
import type { OverviewReader } from './overview.ts';
import type { Services } from './services.ts';

/** A sale is to be seen within two seconds. */
const LOOK_EVERY_MS = 1_000;
const HEARTBEAT_MS = 5_000;
/** Of a process; each is a connection that stays. */
const MOST_LISTENERS = 200;
/** Whoever has taken nothing for so long is gone, or might as well be. */
const STALLED_MS = 60_000;
const RETRY_MS = 2_000;

type Listener = {
  stream: EventStream;
  response: ServerResponse;
  keyId: string;
  /** Of its session. */
  endsAt: Date | undefined;
};

/**
 * Tells everybody who watches where sales stand, at once and whenever that changes. The process looks once a second
 * for all of them together, and only while there are any. Each look asks first whose keys are still live.
 */
export class OverviewFeed {
  readonly #services: Pick<Services, 'reports' | 'log' | 'now'>;
  readonly #reader: Pick<OverviewReader, 'read'>;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;
  #isDatabaseAway = false;
  #shown: { state: string; event: Buffer } | undefined;
  #lastBeat = 0;

  constructor(services: Pick<Services, 'reports' | 'log' | 'now'>, reader: Pick<OverviewReader, 'read'>) {
    this.#services = services;
    this.#reader = reader;
  }

  /** A stream of events for one who asks with this key, until its session ends. */
  open(response: ServerResponse, keyId: string, endsAt: Date | undefined): Readable {
    if (this.#isClosed) throw new Refusal('UNAVAILABLE', 'This server is about to stop. Ask again.');
    if (this.#listeners.size >= MOST_LISTENERS) {
      throw new Refusal('UNAVAILABLE', `${MOST_LISTENERS} are watching here already. Try again later.`);
    }
    const listener = { stream: new EventStream(RETRY_MS), response, keyId, endsAt };
    this.#listeners.add(listener);
    finished(response, () => this.#listeners.delete(listener));
    if (this.#shown) listener.stream.tell(this.#shown.event);
    if (!this.#looking && this.#timer === undefined) this.#lookAgain();
    return listener.stream;
  }

  /**
   * Ends every stream, so that a server which stops need not wait for them; those who watch come back by themselves.
   * Returns when nothing is read any more.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { stream } of this.#listeners) stream.end();
    setTimeout(() => this.#cutOff(), LOOK_EVERY_MS).unref();
    await this.#looking;
  }

  #lookAgain(): void {
    this.#timer = undefined;
    this.#looking = this.#look();
  }

  async #look(): Promise<void> {
    this.#cutOff();
    try {
      await this.#endSessions();
      await this.#show();
      this.#isDatabaseAway = false;
    } catch (error) {
      this.#tellAway(error);
    }
    this.#beat();
    this.#looking = undefined;
    if (this.#isClosed) return;
    if (this.#listeners.size > 0) this.#timer = setTimeout(() => this.#lookAgain(), LOOK_EVERY_MS);
    else this.#shown = undefined;
  }

  async #endSessions(): Promise<void> {
    const now = this.#services.now();
    const known = [...this.#listeners];
    for (const { stream, endsAt } of known) if (endsAt !== undefined && endsAt <= now) stream.end();
    const keyIds = [...new Set(known.map(({ keyId }) => keyId))];
    const live = await findLiveOperators(this.#services.reports(), keyIds);
    for (const { stream, keyId } of known) if (!live.has(keyId)) stream.end();
  }

  async #show(): Promise<void> {
    const overview = await this.#reader.read();
    const state = JSON.stringify({ ...overview, as_of: '' });
    if (state === this.#shown?.state) return;
    const event = eventOf('overview', overview.as_of, overview);
    this.#shown = { state, event };
    for (const { stream } of this.#listeners) stream.tell(event);
  }

  /** Once for each outage; when it is over, everything is told anew. */
  #tellAway(error: unknown): void {
    this.#shown = undefined;
    if (this.#isDatabaseAway || this.#isClosed) return;
    this.#isDatabaseAway = true;
    this.#services.log.warn({ err: error, listeners: this.#listeners.size }, 'the overview cannot be read');
    const event = eventOf('away', this.#services.now().toISOString(), {});
    for (const { stream } of this.#listeners) stream.tell(event);
  }

  #beat(): void {
    if (performance.now() - this.#lastBeat < HEARTBEAT_MS) return;
    this.#lastBeat = performance.now();
    for (const { stream } of this.#listeners) stream.beat();
  }

  /** Breaks the connections of those who take nothing any more, or have not taken their end since the last look. */
  #cutOff(): void {
    for (const { stream, response } of this.#listeners) {
      if (stream.isOver || stream.stalledMs > STALLED_MS) response.destroy();
    }
  }
}
