import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import {
  leaseDueCommands,
  markDelivered,
  markFailed,
  readBacklog,
} from '../../src/db/queries/relay-commands.ts';
import { prune } from '../../src/db/queries/prune.ts';
import { CommandDesk } from '../../src/relay/command-desk.ts';
import { startRelay } from '../../src/relay/relay.ts';
import { lazyTemporalClient } from '../../src/temporal.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { allDelivered, one } from '../support/runs.ts';
import { breakdown, customer, reserved, SATURDAY } from '../support/sale.ts';

const silent = { info: () => {}, warn: () => {} };

/** How often something was counted, by its name. */
function tally() {
  const counted = new Map<string, number>();
  return { counted, count: (name: string) => void counted.set(name, (counted.get(name) ?? 0) + 1) };
}

const { house, runs } = await openHouseWithRuns();

describe('the relay', () => {
  const stops: (() => Promise<void>)[] = [];
  let commands = tally();
  let duties = tally();
  let swept = 0;
  beforeEach(() => {
    commands = tally();
    duties = tally();
    swept = 0;
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await house.sql(
      'update workflow_commands set delivered_at = clock_timestamp() where delivered_at is null',
    );
  });

  const relay = (workerId: string, client: Client = runs.client) =>
    stops.push(
      startRelay({
        client,
        taskQueue: house.config.taskQueue,
        fork: () => house.em(),
        log: silent,
        workerId,
        timeZone: house.config.timeZone,
        meters: {
          countCommand: (outcome) => commands.count(outcome),
          countDuty: (duty, outcome) => duties.count(`${duty} ${outcome}`),
          countSwept: (count) => {
            swept += count;
          },
        },
      }),
    );
  /** Commands as a burst leaves them: committed, never delivered, due. */
  const leave = (count: number, prefix: string) =>
    house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, due_at)
       select 'reservation:' || $2 || n, 'start_reservation',
              jsonb_build_object('reservation_id', $2 || n, 'partner_id', 'demo-ota', 'channel', 'ota',
                                 'product_ids', '[106]'::jsonb, 'expires_at', clock_timestamp()), clock_timestamp()
         from generate_series(1, $1::int) n`,
      [count, prefix],
    );

  it('leases each command to one of several that ask at once', async () => {
    await leave(60, 'lease-');
    const leases = await Promise.all(Array.from({ length: 4 }, () => leaseDueCommands(house.em(), 20)));
    const leased = leases.flat().map((command) => command.command_id);
    expect(leased).toHaveLength(60);
    expect(new Set(leased).size).toBe(60);
    expect(await leaseDueCommands(house.em(), 20)).toEqual([]);
  });

  it('does not wait for rows that another has locked', async () => {
    await leave(3, 'locked-');
    await house.em().transactional(async (em) => {
      expect(await leaseDueCommands(em, 2)).toHaveLength(2);
      expect(await leaseDueCommands(house.em(), 10)).toHaveLength(1);
    });
  });

  it('starts one run for each command with two relays at work', async () => {
    await leave(120, 'two-');
    relay('one');
    relay('two');
    await allDelivered(house);
    expect(Object.fromEntries(commands.counted)).toEqual({ delivered: 120 });
    const started = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        runs.client.workflow.getHandle(`reservation:two-${n + 1}`).describe(),
      ),
    );
    expect(started.map(({ status }) => status.name)).toEqual(Array.from({ length: 120 }, () => 'RUNNING'));
    await eventually('120 runs and no more in the list', async () => {
      const query = `TaskQueue = "${house.config.taskQueue}" and WorkflowId starts_with "reservation:two-"`;
      return (await runs.client.workflow.count(query)).count === 120;
    });
    expect(await readBacklog(house.em())).toEqual({ undelivered: 0, oldest_seconds: 0 });
  });

  it('notes why a delivery failed, backs off up to 5 seconds, and delivers when it can', async () => {
    await leave(1, 'hard-');
    const { command_id: id } = await one<{ command_id: string }>(
      house,
      `select command_id from workflow_commands where workflow_id = 'reservation:hard-1'`,
    );
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      expect(await leaseDueCommands(house.em(), 10)).toHaveLength(1);
      await markFailed(house.em(), id, `attempt ${attempt} ${'x'.repeat(1000)}`);
      const row = await one<{ attempts: number; last_error: string; wait: number }>(
        house,
        `select attempts, last_error, extract(epoch from due_at - clock_timestamp())::float8 as wait
           from workflow_commands where command_id = $1`,
        [id],
      );
      expect(row).toMatchObject({
        attempts: attempt,
        last_error: expect.stringMatching(`^attempt ${attempt} `),
      });
      expect(row.last_error).toHaveLength(500);
      waits.push(Math.ceil(row.wait));
      expect(await leaseDueCommands(house.em(), 10)).toEqual([]);
      await house.sql('update workflow_commands set due_at = clock_timestamp() where command_id = $1', [id]);
    }
    expect(waits).toEqual([1, 2, 4, 5, 5, 5]);
    relay('one');
    await allDelivered(house);
    expect(
      await one(house, 'select last_error, attempts from workflow_commands where command_id = $1', [id]),
    ).toEqual({
      last_error: null,
      attempts: 7,
    });
  });

  it('notes what Temporal said, and goes on with the others', async () => {
    await leave(2, 'mixed-');
    // A value that is no date cannot be a search attribute: this command can never be delivered.
    await house.sql(
      `update workflow_commands set payload = payload || '{"product_ids": null}' where workflow_id = 'reservation:mixed-1'`,
    );
    relay('one');
    await eventually('the other one delivered', async () => {
      const [row] = await house.sql<{ delivered: boolean }>(
        `select delivered_at is not null as delivered from workflow_commands where workflow_id = 'reservation:mixed-2'`,
      );
      return row?.delivered;
    });
    const bad = await eventually('the failure noted', async () => {
      const [row] = await house.sql<{ last_error: string | null; delivered_at: Date | null }>(
        `select last_error, delivered_at from workflow_commands where workflow_id = 'reservation:mixed-1'`,
      );
      return row?.last_error !== null && row;
    });
    expect(bad.delivered_at).toBeNull();
    expect(bad.last_error).toMatch(/\w/);
  });

  it('marks what was delivered, and leaves the rest of the rows as they are', async () => {
    await leave(3, 'mark-');
    const rows = await leaseDueCommands(house.em(), 10);
    const [first, second] = rows.map((command) => command.command_id);
    await markDelivered(house.em(), [first ?? '', second ?? '']);
    await markFailed(house.em(), first ?? '', 'came late');
    const marked = await house.sql(
      `select delivered_at is not null as delivered, last_error from workflow_commands
        where workflow_id like 'reservation:mark-%' order by delivered_at is null`,
    );
    expect(marked).toEqual([
      { delivered: true, last_error: null },
      { delivered: true, last_error: null },
      { delivered: false, last_error: null },
    ]);
    await markDelivered(house.em(), []);
    expect((await readBacklog(house.em())).undelivered).toBe(1);
  });

  it('tells what its duties have done, and which could not be performed', async () => {
    await house.sql(
      `update workflow_commands set delivered_at = clock_timestamp() where delivered_at is null`,
    );
    const reservationId = await reserved(house, 1);
    await allDelivered(house);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '2 minutes' where reservation_id = $1`,
      [reservationId],
    );
    const away = lazyTemporalClient('127.0.0.1:1');
    relay('seen', away);
    await eventually('a duty that fails', async () => (duties.counted.get('schedule failed') ?? 0) > 0);
    await eventually('a command that fails', async () => (commands.counted.get('failed') ?? 0) > 0);
    expect(swept).toBe(1);
    expect(duties.counted.get('sweep performed')).toBe(1);
    expect(commands.counted.has('delivered')).toBe(false);
    await away.connection.close();
  });

  it('shows that its worker lives, and takes the name off when it stops', async () => {
    relay('seen');
    await eventually(
      'the name',
      async () => (await house.sql(`select from workers where worker_id = 'seen'`)).length === 1,
    );
    await stops.pop()?.();
    expect(await house.sql(`select from workers where worker_id = 'seen'`)).toEqual([]);
  });

  it('prunes what is delivered or answered for a week, and keeps the rest', async () => {
    const old = `clock_timestamp() - interval '8 days'`;
    const recent = `clock_timestamp() - interval '6 days'`;
    for (const [id, delivered] of [
      ['old', old],
      ['recent', recent],
      ['never', 'null'],
    ]) {
      await house.sql(
        `insert into workflow_commands (workflow_id, kind, payload, created_at, due_at, delivered_at)
         values ('prune-${id}', 'start_reservation', '{}', ${old}, 'infinity', ${delivered})`,
      );
    }
    const keys = [
      ['POST /api/ota/reserve', 'old', old],
      ['POST /api/ota/reserve', 'recent', recent],
      ['out_trade_no', 'old', old],
    ];
    for (const [operation, key, at] of keys) {
      await house.sql(
        `insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result, created_at)
         values ('demo-shop', '${operation}', '${key}', '\\x00', '{}', ${at})`,
      );
    }
    await prune(house.em());
    expect(
      await house.sql(
        `select workflow_id from workflow_commands where workflow_id like 'prune-%' order by 1`,
      ),
    ).toEqual([{ workflow_id: 'prune-never' }, { workflow_id: 'prune-recent' }]);
    expect(
      await house.sql(`select operation, idempotency_key from idempotent_answers order by idempotency_key`),
    ).toEqual([
      { operation: 'out_trade_no', idempotency_key: 'old' },
      { operation: 'POST /api/ota/reserve', idempotency_key: 'recent' },
    ]);
    await house.sql(`delete from workflow_commands where workflow_id like 'prune-%'`);
  });

  it('prunes however much has piled up, and the names of workers that died', async () => {
    await house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, delivered_at)
       select 'piled-up-' || n, 'start_reservation', '{}', clock_timestamp() - interval '8 days'
         from generate_series(1, 10001) n`,
    );
    await house.sql(
      `insert into workers (worker_id, seen_at)
       values ('died', clock_timestamp() - interval '61 minutes'), ('lives', clock_timestamp())`,
    );
    await prune(house.em());
    expect(await house.sql(`select from workflow_commands where workflow_id like 'piled-up-%'`)).toEqual([]);
    expect(await house.sql('select worker_id from workers')).toEqual([{ worker_id: 'lives' }]);
  });

  it('answers a web shop from its trade number after everything else is pruned', async () => {
    const order = () =>
      house.post(
        '/orders',
        {
          items: [
            {
              product_id: 106,
              qty: 1,
              pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(1) },
            },
          ],
          customer_details: customer,
          out_trade_no: 'trade-1',
        },
        { key: 'direct' },
      );
    const first = await order();
    await house.sql(`update idempotent_answers set created_at = created_at - interval '30 days'`);
    await prune(house.em());
    const again = await order();
    expect(again).toMatchObject({ status: 201, body: { order_id: first.body.order_id } });
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await house.disagreements()).toEqual([]);
  });

  it('is left the overflow of a burst by the desk, and nothing is lost', async () => {
    await leave(300, 'burst-');
    const commands = await leaseDueCommands(house.em(), 300);
    const counts = tally();
    const desk = new CommandDesk(runs.client, house.config.taskQueue, () => house.em(), silent, counts.count);
    for (const command of commands) desk.take(command);
    await eventually('the desk has delivered what it took', async () => {
      const { undelivered } = await readBacklog(house.em());
      return undelivered < 300 && undelivered;
    });
    await desk.close();
    const { undelivered } = await readBacklog(house.em());
    // Eight were under way and 64 waited when the others came.
    expect(Object.fromEntries(counts.counted)).toEqual({ left: 300 - 8 - 64, delivered: 300 - undelivered });
    expect(undelivered).toBeGreaterThan(0);
    relay('one');
    await allDelivered(house);
  });

  it('commits a reservation with its command in one transaction', async () => {
    const reservationId = await reserved(house, 1);
    const commands = await house.sql('select kind, payload from workflow_commands where workflow_id = $1', [
      `reservation:${reservationId}`,
    ]);
    expect(commands).toMatchObject([
      { kind: 'start_reservation', payload: { reservation_id: reservationId } },
    ]);
    expect(await house.disagreements()).toEqual([]);
  });
});
