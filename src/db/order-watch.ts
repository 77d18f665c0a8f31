import { Client } from 'pg';
import { SETTLED } from './queries/settle-order.ts';

type Log = { warn: (facts: object, message: string) => void };

/** How long a lost connection is left alone before the next try. */
const RECONNECT_MS = 1_000;

/**
 * Hears, on one connection a process, which orders have been settled by their runs. A notification that is
 * missed while the connection is away costs its caller a 202, never an order.
 */
export class OrderWatch {
  readonly #databaseUrl: string;
  readonly #log: Log;
  readonly #waiting = new Map<string, Set<() => void>>();
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(databaseUrl: string, log: Log) {
    this.#databaseUrl = databaseUrl;
    this.#log = log;
  }

  /** Starts listening, and keeps trying where PostgreSQL is away. */
  async open(): Promise<void> {
    const client = new Client({
      connectionString: this.#databaseUrl,
      application_name: 'allotment-watch',
      keepAlive: true,
    });
    const lost = (error?: Error) => {
      if (this.#closed || this.#client !== client) return;
      this.#client = undefined;
      if (error) this.#log.warn({ reason: error.message }, 'order watch lost its connection');
      this.#retry = setTimeout(() => void this.open(), RECONNECT_MS);
    };
    this.#client = client;
    client.on('error', lost);
    client.on('end', () => lost());
    client.on('notification', ({ payload }) => {
      for (const wake of this.#waiting.get(payload ?? '') ?? []) wake();
    });
    try {
      await client.connect();
      await client.query(`listen ${SETTLED}`);
    } catch (error) {
      lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * Begins to wait for an order, before its state is checked, so that nothing falls between. `settled`
   * resolves to true when its run is done with it, to false after `ms`; `forget` ends the wait.
   */
  expect(orderId: string, ms: number): { settled: Promise<boolean>; forget: () => void } {
    const { promise: settled, resolve } = Promise.withResolvers<boolean>();
    const waiting = this.#waiting.get(orderId) ?? new Set();
    const wake = () => resolve(true);
    this.#waiting.set(orderId, waiting.add(wake));
    const timer = setTimeout(() => resolve(false), ms);
    const forget = () => {
      clearTimeout(timer);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(orderId) === waiting) this.#waiting.delete(orderId);
    };
    return { settled, forget };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }
}
