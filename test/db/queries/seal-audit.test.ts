import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type EntityManager, openDatabase } from '../../../src/db/open.ts';
import { workerPatience } from '../../../src/db/patience.ts';
import { findBrokenSeals, lateCommits, sealAuditLog } from '../../../src/db/queries/seal-audit.ts';
import { cloneDatabase } from '../../support/database.ts';

type Orm = Awaited<ReturnType<typeof openDatabase>>;
let database: Awaited<ReturnType<typeof cloneDatabase>>;
let orm: Orm;
let client: Client;
beforeAll(async () => {
  database = await cloneDatabase();
  orm = await openDatabase(database.url, workerPatience, 8);
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await orm.close();
  await database.drop();
});
beforeEach(() => tamper('delete from audit_seals; delete from audit_log'));

const em = (): EntityManager => orm.em.fork();
const write = (rows: number, by: Client = client) =>
  by.query(
    `insert into audit_log (actor, action, subject, request_id, outcome)
     select 'somebody', 'reserve', 'subject-' || n, 'request-' || n, 'accepted' from generate_series(1, $1::int) n`,
    [rows],
  );
const seal = (back = lateCommits.ofSales) => sealAuditLog(em(), back);
async function sealAll(): Promise<number> {
  let sealed = 0;
  for (let now = await seal(); now > 0; now = await seal()) sealed += now;
  return sealed;
}
/** As somebody with all rights over the database could: with triggers and foreign keys out of the way. */
const tamper = (change: string) =>
  client.query(`set session_replication_role = replica; ${change}; set session_replication_role = origin`);
const positions = async () =>
  (await client.query('select position::int, audit_id::int from audit_seals order by position')).rows as {
    position: number;
    audit_id: number;
  }[];
const auditId = async (offset: number) =>
  Number(
    (await client.query('select audit_id from audit_log order by audit_id offset $1 limit 1', [offset]))
      .rows[0]?.audit_id,
  );

describe('sealAuditLog', () => {
  it('seals what has no seal yet, a thousand rows at a time, in one chain', async () => {
    await write(2_500);
    expect(await seal()).toBe(1_000);
    expect(await sealAll()).toBe(1_500);
    expect(await sealAll()).toBe(0);
    await write(3);
    expect(await sealAll()).toBe(3);
    expect((await positions()).map(({ position }) => position)).toEqual(
      Array.from({ length: 2_503 }, (_, index) => index + 1),
    );
    expect(await findBrokenSeals(em())).toEqual([]);
  });

  it('makes one chain, however many seal at the same time', async () => {
    await write(3_000);
    const sealed = await Promise.all(Array.from({ length: 8 }, sealAll));
    expect(sealed.reduce((sum, one) => sum + one, 0)).toBe(3_000);
    expect((await positions()).length).toBe(3_000);
    expect(await findBrokenSeals(em())).toEqual([]);
  });

  it('seals rows whose ids were committed out of order', async () => {
    const slow = new Client({ connectionString: database.url });
    await slow.connect();
    await slow.query('begin');
    await write(2, slow);
    await write(3);
    expect(await sealAll()).toBe(3);
    await slow.query('commit');
    await slow.end();
    expect(await sealAll()).toBe(2);
    const order = (await positions()).map(({ audit_id }) => audit_id);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    expect(await findBrokenSeals(em())).toEqual([]);
  });

  it('finds rows that were committed after thousands of later ones by the search that goes far back', async () => {
    const slow = new Client({ connectionString: database.url });
    await slow.connect();
    await slow.query('begin');
    await write(2, slow);
    await write(lateCommits.ofSales + 1_000);
    expect(await sealAll()).toBe(lateCommits.ofSales + 1_000);
    await slow.query('commit');
    await slow.end();
    expect(await seal()).toBe(0);
    expect(await seal(lateCommits.ofAny)).toBe(2);
    expect(await findBrokenSeals(em())).toEqual([]);
  });

  it('leaves nothing of a transaction that was undone', async () => {
    await client.query('begin');
    await write(2);
    await client.query('rollback');
    await write(1);
    expect(await sealAll()).toBe(1);
    expect(await findBrokenSeals(em())).toEqual([]);
  });
});

describe('findBrokenSeals', () => {
  beforeEach(async () => {
    await write(1_500);
    await sealAll();
  });
  const broken = async () =>
    (await findBrokenSeals(em())).map(({ subject, detail }) => `${subject}: ${detail}`);

  it.each(['actor', 'action', 'subject', 'request_id', 'outcome'])('finds an edited %s', async (column) => {
    const id = await auditId(1_200);
    await tamper(`update audit_log set ${column} = 'x' where audit_id = ${id}`);
    expect(await broken()).toEqual([`audit ${id}: the chain breaks at position 1201`]);
  });

  it('finds an edited time and an edited key', async () => {
    const id = await auditId(3);
    await tamper(
      `update audit_log set recorded_at = recorded_at + interval '1 microsecond' where audit_id = ${id}`,
    );
    expect(await broken()).toEqual([`audit ${id}: the chain breaks at position 4`]);
    await tamper(
      `update audit_log set recorded_at = recorded_at - interval '1 microsecond' where audit_id = ${id}`,
    );
    expect(await broken()).toEqual([]);
    await tamper(`update audit_log set key_id = gen_random_uuid() where audit_id = ${id}`);
    expect(await broken()).toEqual([`audit ${id}: the chain breaks at position 4`]);
  });

  it('finds a deleted row, with and without its seal', async () => {
    const id = await auditId(700);
    await tamper(`delete from audit_log where audit_id = ${id}`);
    expect(await broken()).toEqual([`audit ${id}: the chain breaks at position 701`]);
    await tamper(`delete from audit_seals where audit_id = ${id}`);
    expect(await broken()).toEqual([expect.stringContaining('the chain breaks at position 702')]);
  });

  it('finds a deleted row whose successors were moved up', async () => {
    const id = await auditId(700);
    await tamper(`delete from audit_seals where audit_id = ${id}; delete from audit_log where audit_id = ${id};
      update audit_seals set position = -position where position > 701;
      update audit_seals set position = -position - 1 where position < 0`);
    expect(await broken()).toEqual([expect.stringContaining('the chain breaks at position 701')]);
  });

  it('finds rows that have changed places', async () => {
    const [first, second] = [await auditId(10), await auditId(11)];
    await tamper(`update audit_seals set audit_id = -audit_id where audit_id in (${first}, ${second});
      update audit_seals set audit_id = case audit_id when -${first} then ${second} else ${first} end
       where audit_id in (-${first}, -${second})`);
    expect(await broken()).toEqual([`audit ${second}: the chain breaks at position 11`]);
  });

  it('finds a row that was slipped in', async () => {
    const id = await auditId(20);
    await tamper(`insert into audit_log (audit_id, actor, action, subject, outcome)
        overriding system value values (1000000, 'x', 'x', 'x', 'x');
      update audit_seals set audit_id = 1000000 where audit_id = ${id}`);
    expect(await broken()).toEqual(['audit 1000000: the chain breaks at position 21']);
  });

  it('finds an edited seal', async () => {
    await tamper(`update audit_seals set hash = sha256('x') where position = 5`);
    expect(await broken()).toEqual([expect.stringContaining('the chain breaks at position 5')]);
  });

  it('finds rows that nobody has sealed for an hour, and gives fresh ones their time', async () => {
    await write(2);
    expect(await broken()).toEqual([]);
    const id = await auditId(1_500);
    await tamper(
      `update audit_log set recorded_at = clock_timestamp() - interval '61 minutes' where audit_id = ${id}`,
    );
    expect(await broken()).toEqual([`audit ${id}: has no seal after an hour`]);
  });

  it('reads the same chain in every time zone', async () => {
    await client.query(
      `alter database ${new URL(database.url).pathname.slice(1)} set timezone = 'Asia/Kathmandu'`,
    );
    const other = await openDatabase(database.url, workerPatience, 1);
    expect(await findBrokenSeals(other.em.fork())).toEqual([]);
    await other.close();
  });
});
