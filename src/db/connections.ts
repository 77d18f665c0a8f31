import { Client, type Pool, type PoolClient } from 'pg';
import { isOutdatedPlan } from './failures.ts';
import { endWith, spanOf } from './statement-span.ts';

/**
 * Takes out of a pool every connection that ends while somebody has it. A transaction whose `begin` or
 * `rollback` fails never gives its connection back (kysely, controlled transactions), so that each one that is
 * lost with PostgreSQL would take a place of the pool for good.
 */
export function giveUpLostConnections(pool: Pool): void {
  const taken = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => taken.add(client));
  pool.on('release', (_, client) => taken.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (!taken.has(client)) return;
      client.release(true);
      // Whoever has it may give it back all the same.
      client.release = () => {};
    });
  });
}

/** A pool as far as others look at it. */
export type ConnectionPool = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount' | 'options'>;

/** How many connections of a pool somebody has, how many are free, who waits, and how many there may be. */
export const standingOf = ({ totalCount, idleCount, waitingCount, options }: ConnectionPool) => ({
  inUse: totalCount - idleCount,
  idle: idleCount,
  waiting: waitingCount,
  most: options.max,
});

/** Far more statements than are written in this project; whatever may vary without end stays unprepared. */
const MOST_PREPARED = 500;
const names = new Map<string, string>();

/** The name of a statement's plan, one for each text; undefined for more texts than there should be. */
function planOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `p${names.size}`;
  names.set(text, name);
  return name;
}

/**
 * A connection that has PostgreSQL plan each statement once: planning takes the statements of a sale as long
 * as executing them. Only texts that come with values are kept, as those are written by hand; the ORM writes
 * values into its texts.
 *
 * It is closed when it owes an answer, since PostgreSQL may be busy with the question still and whatever is
 * asked next would wait behind it; and when a migration has changed what a kept plan returns.
 */
export class SalesConnection extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- a subclass cannot repeat the overloads of the driver
  override query(...args: any[]): any {
    const span = spanOf(args[0], isByHand(args));
    const answering: unknown = super.query(...(prepared(args) as Parameters<Client['query']>));
    if (answering instanceof Promise) {
      if (span) endWith(span, answering);
      answering.catch((error: unknown) => {
        if (isOwed(error) || isOutdatedPlan(error)) void this.end();
      });
    }
    return answering;
  }
}

function prepared(args: unknown[]): unknown[] {
  if (!isByHand(args)) return args;
  const [text, values] = args;
  const name = planOf(text);
  return name === undefined ? args : [{ name, text, values }];
}

/** Whether a statement comes with its values apart from its text. */
const isByHand = (args: unknown[]): args is [text: string, values: unknown[]] => {
  const [text, values, callback] = args;
  return typeof text === 'string' && Array.isArray(values) && values.length > 0 && !callback;
};

const isOwed = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';
