import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { reservationQuery } from '../../workflows/messages.ts';
import { eventually } from '../support/house.ts';
import { activitiesOf, openHouseWithRuns } from '../support/house-with-runs.ts';
import { one } from '../support/runs.ts';
import { badFields, ordered, sold } from '../support/sale.ts';

const { house, runs } = await openHouseWithRuns({ worker: true });

const HOUR = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

async function heldFor(hours: number, quantity = 2) {
  const answer = await house.post('/api/ota/reserve', {
    product_id: 106,
    quantity,
    reservation_expires_at: inHours(hours),
  });
  expect(answer.status).toBe(201);
  return answer.body as { reservation_id: string; reserved_until: string };
}
const extend = (
  id: string,
  until: string,
  headers: Record<string, string> = {},
  key: 'ota' | 'ota_2' = 'ota',
) => house.post(`/api/ota/reservations/${id}/extend`, { reservation_expires_at: until }, { headers, key });
const stored = (id: string) =>
  one<{ status: string; deadline: string; started: string }>(
    house,
    `select status, to_jsonb(expires_at) #>> '{}' as deadline, to_jsonb(started_at) #>> '{}' as started
       from channel_reservations where reservation_id = $1`,
    [id],
  );
const unknownIds = ['01890000-0000-7000-8000-000000000000', 'res-1', '%00', "1'%20or%201=1"];

describe('POST /api/ota/reservations/{reservation_id}/extend', () => {
  it('holds until the new time, with an audit row', async () => {
    const { reservation_id: id } = await heldFor(1);
    const until = inHours(5);
    const answer = await extend(id, until, { 'X-Request-Id': 'extend-1' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { reservation_id: id, status: 'held', reserved_until: until },
    ]);
    expect((await house.get(`/api/ota/reservations/${id}`)).body.reserved_until).toBe(until);
    expect(
      await house.sql(
        `select actor, action, request_id from audit_log where subject = $1 order by audit_id`,
        [id],
      ),
    ).toEqual([
      { actor: 'demo-ota', action: 'reserve', request_id: expect.any(String) },
      { actor: 'demo-ota', action: 'extend', request_id: 'extend-1' },
    ]);
  });

  it('reads a time with an offset', async () => {
    const { reservation_id: id } = await heldFor(1);
    const until = inHours(3);
    const inHongKong = new Date(Date.parse(until) + 8 * HOUR).toISOString().replace('Z', '+08:00');
    expect((await extend(id, inHongKong)).body.reserved_until).toBe(until);
  });

  it('goes up to 24 hours after the hold began, and not a moment further', async () => {
    const { reservation_id: id } = await heldFor(1);
    const began = Date.parse((await stored(id)).started);
    const beyond = await extend(id, new Date(began + 24 * HOUR + 1_000).toISOString());
    expect([beyond.status, badFields(beyond)]).toEqual([422, ['reservation_expires_at']]);
    expect(beyond.body.errors[0].message).toContain('24 hours');
    expect((await extend(id, new Date(began + 24 * HOUR).toISOString())).status).toBe(200);
  });

  it('refuses an end that is not later than the present one, and changes nothing', async () => {
    const { reservation_id: id, reserved_until: present } = await heldFor(2);
    const before = await stored(id);
    for (const until of [present, inHours(1), inHours(-1)]) {
      const answer = await extend(id, until);
      expect([answer.status, badFields(answer)]).toEqual([422, ['reservation_expires_at']]);
      expect(answer.body.errors[0].message).toContain(present);
    }
    expect(await stored(id)).toEqual(before);
  });

  it.each([
    ['no body', undefined, 400],
    ['no time', {}, 422],
    ['a date', { reservation_expires_at: '2030-01-01' }, 422],
    ['a time without a zone', { reservation_expires_at: '2030-01-01T00:00:00' }, 422],
    ['a number', { reservation_expires_at: 1_900_000_000 }, 422],
    ['null', { reservation_expires_at: null }, 422],
    ['year 0', { reservation_expires_at: '0000-01-01T00:00:00Z' }, 422],
    ['another field', { reservation_expires_at: '2030-01-01T00:00:00Z', hours: 1 }, 422],
  ])('refuses %s', async (_what, body, status) => {
    const { reservation_id: id } = await heldFor(1);
    const answer = await house.send(
      'POST',
      `/api/ota/reservations/${id}/extend`,
      body && JSON.stringify(body),
      { 'X-API-Key': house.keys.ota, 'Content-Type': 'application/json' },
    );
    expect(answer.status).toBe(status);
  });

  it("answers 404 for another partner's hold and for ids that never existed", async () => {
    const { reservation_id: id } = await heldFor(1);
    const before = await stored(id);
    const foreign = await extend(id, inHours(2), {}, 'ota_2');
    expect([foreign.status, foreign.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(await stored(id)).toEqual(before);
    for (const unknown of unknownIds) expect((await extend(unknown, inHours(2))).status).toBe(404);
  });

  it('answers 409 for a hold that was released, is sold out, or is over though nobody has ended it yet', async () => {
    const { reservation_id: released } = await heldFor(1);
    await house.delete(`/api/ota/reservations/${released}`);
    const { reservationId: completed } = await sold(house, 1);
    const { reservation_id: over } = await heldFor(1);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '1 second' where reservation_id = $1`,
      [over],
    );
    for (const [id, word] of [
      [released, 'released'],
      [completed, 'completed'],
      [over, 'over since'],
    ] as const) {
      const answer = await extend(id, inHours(2));
      expect([answer.status, answer.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
      expect(answer.body.detail).toContain(word);
    }
  });

  it('answers a repeat with its key as before, and takes a key once', async () => {
    const { reservation_id: id } = await heldFor(1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const until = inHours(4);
    const first = await extend(id, until, headers);
    expect((await extend(id, inHours(6))).status).toBe(200);
    const repeat = await extend(id, until, headers);
    expect([repeat.status, repeat.body]).toEqual([200, first.body]);
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await extend(id, inHours(7), headers);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);

    const { reservation_id: raced } = await heldFor(1);
    const sameKey = { 'Idempotency-Key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => extend(raced, until, sameKey)));
    expect(answers.map(({ status, body }) => [status, body.reserved_until])).toEqual(
      Array.from({ length: 10 }, () => [200, until]),
    );
    expect(
      await house.sql(`select from audit_log where subject = $1 and action = 'extend'`, [raced]),
    ).toHaveLength(1);
  });

  it('lets orders be placed after the time at which the hold would have ended', async () => {
    const { reservation_id: id } = await heldFor(1);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() + interval '1 second' where reservation_id = $1`,
      [id],
    );
    expect((await extend(id, inHours(1))).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect((await ordered(house, id, 1)).order_id).toEqual(expect.any(String));
  });

  it('wakes the run, which then waits for the new deadline', async () => {
    const { reservation_id: id } = await heldFor(1);
    await runs.waiting(id);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() + interval '2 seconds' where reservation_id = $1`,
      [id],
    );
    const until = inHours(2);
    expect((await extend(id, until)).status).toBe(200);
    const shown = await eventually('the run waiting for the new deadline', async () => {
      const { expiresAt } = await runs.of(id).query(reservationQuery);
      return expiresAt !== null && Date.parse(expiresAt) === Date.parse(until) && expiresAt;
    });
    expect(Date.parse(shown)).toBe(Date.parse(until));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await stored(id)).status).toBe('held');
  });

  it('either extends or has ended, never both, when its deadline strikes at the same moment', async () => {
    const activities = activitiesOf(house);
    let extended = 0;
    for (let round = 0; round < 20; round += 1) {
      const { reservation_id: id } = await heldFor(1, 1);
      const { deadline } = await stored(id);
      const until = inHours(2);
      const expire = () => activities.expireReservation(id, deadline);
      const ask = () => extend(id, until);
      const [answer] = await (round % 2 === 0
        ? Promise.all([ask(), expire()])
        : Promise.all([expire(), ask()]).then(([ended, asked]) => [asked, ended] as const));
      const after = await stored(id);
      if (answer.status === 200) {
        extended += 1;
        expect([after.status, Date.parse(after.deadline)]).toEqual(['held', Date.parse(until)]);
      } else {
        expect([answer.status, answer.body.code, after.status]).toEqual([
          409,
          'RESERVATION_NOT_HELD',
          'expired',
        ]);
      }
    }
    expect(extended).toBeGreaterThan(0);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
