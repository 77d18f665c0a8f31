import { Client, type Pool, type PoolClient } from 'pg';

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

/**
 * Closes a connection that owes an answer: PostgreSQL may be busy with the question still, and whatever is
 * asked next would wait behind it.
 */
export class ImpatientClient extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- a subclass cannot repeat the overloads of the driver
  override query(...args: any[]): any {
    const answering: unknown = super.query(...(args as Parameters<Client['query']>));
    if (answering instanceof Promise) answering.catch((error: unknown) => this.#closeAfter(error));
    return answering;
  }

  #closeAfter(error: unknown): void {
    const owesAnAnswer = error instanceof Error && error.message === 'Query read timeout';
    if (owesAnAnswer) void this.end();
  }
}
