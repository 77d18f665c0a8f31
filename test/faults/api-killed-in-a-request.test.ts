import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/eventually.ts';
import { type Caller, openCaller } from './support/caller.ts';
import { type Machine, openMachine } from './support/machine.ts';
import { requestsOf } from './support/requests.ts';

const PATIENCE_MS = '30000'; // The statement waits for the test, which is no reason for a 503.

let machine: Machine;
let caller: Caller;
let pool: Client;
beforeAll(async () => {
  machine = await openMachine({ ALLOTMENT_DATABASE_PATIENCE_MS: PATIENCE_MS });
  await machine.start('postgres', 'temporal');
  caller = openCaller([machine.apiUrl], machine);
  pool = new Client({ connectionString: machine.databaseUrl });
  await pool.connect();
});
beforeEach(() => machine.start('api'));
afterAll(async () => {
  await pool.end();
  await machine.close();
});

describe('POST /api/ota/reserve, while its statement waits for the pool', () => {
  const begin = async () => {
    const reference = randomUUID();
    const request = requestsOf(machine).post('/api/ota/reserve', { product_id: 106, quantity: 5, reference });
    await pool.query('begin');
    await pool.query('select from product_inventory where product_id = 106 for update');
    const answering = caller.once(request);
    await eventually('the statement waiting', async () => {
      const waiting = await machine.sql(`select from pg_stat_activity where wait_event_type = 'Lock'`);
      return waiting.length === 1;
    });
    return { request, reference, answering };
  };
  const storedOnce = async (reference: string) =>
    expect(
      await machine.sql('select reservation_id from channel_reservations where reference = $1', [reference]),
    ).toHaveLength(1);

  it('is undone or done by kill -9, and answered to its repeat, once', async () => {
    const { request, reference, answering } = await begin();
    await machine.kill('api');
    expect(await answering).toBeUndefined();
    await pool.query('rollback');
    await machine.start('api');
    const repeats = await Promise.all(Array.from({ length: 4 }, () => caller.once(request)));
    expect(repeats.map((answer) => answer?.status)).toEqual([201, 201, 201, 201]);
    expect(new Set(repeats.map((answer) => answer?.body.reservation_id)).size).toBe(1);
    await storedOnce(reference);
    expect(await machine.disagreements()).toEqual([]);
    await machine.kill('api');
  });

  it('is answered by an API that is asked to stop, which takes no other request then', async () => {
    const { request, reference, answering } = await begin();
    const stopping = machine.stop('api');
    await eventually('no more connections', async () => {
      const other = await caller.once(requestsOf(machine).get('/api/ota/inventory'));
      return other === undefined;
    });
    await pool.query('rollback');
    const answer = await answering;
    expect(answer).toMatchObject({ status: 201, body: { reference } });
    await stopping;
    await machine.start('api');
    const again = await caller.once(request);
    expect(again?.body).toEqual(answer?.body);
    await storedOnce(reference);
    expect(await machine.disagreements()).toEqual([]);
    await machine.kill('api');
  });
});
