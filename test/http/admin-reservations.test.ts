import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { reservationQuery, searchAttributes } from '../../workflows/messages.ts';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { one, pool, skipAhead } from '../support/runs.ts';
import { badFields, ordered, reserved, sold } from '../support/sale.ts';
import { testKeyOf } from '../support/test-partner.ts';

const { house, runs } = await openHouseWithRuns({ worker: true });

const HOUR = 3_600_000;
const as = (headers: Record<string, string> = {}) => ({ key: 'admin', headers }) as const;
const release = (id: string, headers: Record<string, string> = {}) =>
  house.post(`/api/admin/reservations/${id}/release`, undefined, as(headers));
const extend = (id: string, hours: unknown, headers: Record<string, string> = {}) =>
  house.post(`/api/admin/reservations/${id}/extend`, { hours }, as(headers));
const stored = (id: string) =>
  one<{ status: string; expires_at: Date; started_at: Date }>(
    house,
    'select status, expires_at, started_at from channel_reservations where reservation_id = $1',
    [id],
  );
const actsOn = (id: string, action: string) =>
  house.sql('select actor, request_id from audit_log where subject = $1 and action = $2', [id, action]);
const unknownIds = ['01890000-0000-7000-8000-000000000000', 'res-1', '%00', "1'%20or%201=1"];

describe('POST /api/admin/reservations/{reservation_id}/release', () => {
  it('gives the unsold remainder back at once, whoever’s it is, and its run ends', async () => {
    const before = await pool(house);
    const id = await reserved(house, 5);
    const { order_id: unpaid } = await ordered(house, id, 2);
    const answer = await release(id, { 'X-Request-Id': 'desk-1' });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        reservation_id: id,
        partner_id: 'demo-ota',
        status: 'released',
        units: { held: 0, ordered: 0, sold: 0, released: 5 },
        reserved_until: expect.any(String),
        ended_at: expect.any(String),
      },
    ]);
    expect(await pool(house)).toEqual(before);
    expect((await house.get(`/api/ota/orders/${unpaid}`)).body.status).toBe('expired');
    expect(await actsOn(id, 'release')).toEqual([{ actor: 'demo-operator', request_id: 'desk-1' }]);
    await runs.started(`reservation:${id}`);
    expect(await runs.of(id).result()).toMatchObject({ status: 'released', released: 5 });
  });

  it('leaves what is paid', async () => {
    const id = await reserved(house, 4);
    const { order_id: orderId } = await ordered(house, id, 1);
    await house.notify(orderId);
    expect((await release(id)).body.units).toMatchObject({ ordered: 1, released: 3 });
    await eventually('tickets', async () => {
      const { body } = await house.get(`/api/ota/orders/${orderId}`);
      return body.status === 'fulfilled';
    });
  });

  it('answers a repeat the same, with and without a key', async () => {
    const id = await reserved(house, 1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await release(id, headers);
    const again = await release(id, headers);
    expect([again.status, again.body, again.headers.get('Idempotent-Replayed')]).toEqual([
      200,
      first.body,
      'true',
    ]);
    expect((await release(id)).body).toEqual(first.body);
    expect(await actsOn(id, 'release')).toHaveLength(1);
  });

  it('is done once by twenty at the same moment', async () => {
    const before = await pool(house);
    const id = await reserved(house, 7);
    const answers = await Promise.all(Array.from({ length: 20 }, () => release(id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await pool(house)).toEqual(before);
    expect(await actsOn(id, 'release')).toHaveLength(1);
  });

  it('refuses what has ended otherwise, and what is not there', async () => {
    const { reservationId } = await sold(house, 1);
    const answer = await release(reservationId);
    expect([answer.status, answer.body.code, answer.body.reservation_status]).toEqual([
      409,
      'RESERVATION_NOT_HELD',
      'completed',
    ]);
    for (const id of unknownIds) expect([id, (await release(id)).status]).toEqual([id, 404]);
  });

  it('is no agency’s, not even of its own hold', async () => {
    const id = await reserved(house, 1);
    for (const key of ['ota', 'ota_2', 'gate'] as const) {
      const answer = await house.post(`/api/admin/reservations/${id}/release`, undefined, { key });
      expect(answer.status).toBe(403);
    }
    expect((await stored(id)).status).toBe('held');
  });
});

describe('POST /api/admin/reservations/{reservation_id}/extend', () => {
  it('keeps whoever’s hold open longer, beyond its day, and its partner may go on ordering', async () => {
    const id = await reserved(house, 3);
    const before = await stored(id);
    const answer = await extend(id, 72, { 'X-Request-Id': 'desk-2' });
    const until = new Date(before.expires_at.getTime() + 72 * HOUR);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        reservation_id: id,
        partner_id: 'demo-ota',
        status: 'held',
        units: { held: 3, ordered: 0, sold: 0, released: 0 },
        reserved_until: until.toISOString(),
        ended_at: null,
      },
    ]);
    expect((await house.get(`/api/ota/reservations/${id}`)).body.reserved_until).toBe(until.toISOString());
    expect(await actsOn(id, 'extend')).toEqual([{ actor: 'demo-operator', request_id: 'desk-2' }]);
    await ordered(house, id, 1);
  });

  it('moves the run’s timer, and the deadline by which runs are searched', async () => {
    const id = await reserved(house, 1);
    await runs.waiting(id);
    const { body } = await extend(id, 2);
    await eventually('the new deadline in the run', async () => {
      const story = await runs.of(id).query(reservationQuery);
      return new Date(story.expiresAt ?? 0).toISOString() === body.reserved_until;
    });
    await eventually('the new deadline among the search attributes', async () => {
      const { typedSearchAttributes } = await runs.of(id).describe();
      return typedSearchAttributes.get(searchAttributes.holdExpiresAt)?.toISOString() === body.reserved_until;
    });
    await skipAhead(runs.client, `reservation:${id}`, 25 * 3_600);
    await runs.waiting(id);
    expect((await stored(id)).status).toBe('held');
    await skipAhead(runs.client, `reservation:${id}`, 2 * 3_600);
    expect(await runs.of(id).result()).toMatchObject({ status: 'expired', released: 1 });
  });

  it('goes up to 7 days after the hold began, and not an hour further', async () => {
    const id = await reserved(house, 1);
    for (const hours of [72, 71]) expect((await extend(id, hours)).status).toBe(200);
    const beyond = await extend(id, 2);
    expect([beyond.status, badFields(beyond)]).toEqual([422, ['hours']]);
    expect(beyond.body.errors[0].message).toContain('at most 1');
    expect((await extend(id, 1)).status).toBe(200);
    const { started_at: began, expires_at: ends } = await stored(id);
    expect(ends.getTime() - began.getTime()).toBe(7 * 24 * HOUR);
    await expect(
      house.sql(
        `update channel_reservations set expires_at = expires_at + interval '1 second' where reservation_id = $1`,
        [id],
      ),
    ).rejects.toThrow('holds_end');
  });

  it('adds to the end that its caller knows of, once for all who know the same', async () => {
    const id = await reserved(house, 1);
    const { body: held } = await house.get(`/api/ota/reservations/${id}`);
    const extendFrom = (expiresAt: string) =>
      house.post(
        `/api/admin/reservations/${id}/extend`,
        { hours: 2, expires_at: expiresAt },
        { key: 'admin' },
      );
    const answers = await Promise.all([1, 2, 3].map(() => extendFrom(held.reserved_until)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422]);
    const { body: moved } = await house.get(`/api/ota/reservations/${id}`);
    expect(Date.parse(moved.reserved_until) - Date.parse(held.reserved_until)).toBe(2 * 3_600_000);
    const refused = answers.find(({ status }) => status === 422);
    expect(refused?.body.errors).toEqual([
      { path: 'expires_at', message: `is ${moved.reserved_until} by now: somebody else has moved it` },
    ]);
    expect((await extendFrom(moved.reserved_until)).status).toBe(200);
  });

  it('leaves an agency the 24 hours that it had', async () => {
    const id = await reserved(house, 1);
    await extend(id, 1);
    const { started_at: began } = await stored(id);
    const until = new Date(began.getTime() + 30 * HOUR).toISOString();
    const answer = await house.post(`/api/ota/reservations/${id}/extend`, { reservation_expires_at: until });
    expect([answer.status, badFields(answer)]).toEqual([422, ['reservation_expires_at']]);
    const other = await reserved(house, 1);
    await expect(
      house.sql(
        `update channel_reservations set expires_at = started_at + interval '25 hours' where reservation_id = $1`,
        [other],
      ),
    ).rejects.toThrow('holds_end');
  });

  it('counts once for an Idempotency-Key, and each time without', async () => {
    const id = await reserved(house, 1);
    const headers = { 'Idempotency-Key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => extend(id, 3, headers)));
    expect(new Set(answers.map(({ body }) => body.reserved_until)).size).toBe(1);
    expect(await actsOn(id, 'extend')).toHaveLength(1);
    const reused = await extend(id, 4, headers);
    expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const before = await stored(id);
    await Promise.all([extend(id, 1), extend(id, 1)]);
    const after = await stored(id);
    expect(after.expires_at.getTime() - before.expires_at.getTime()).toBe(2 * HOUR);
  });

  it.each([0, 73, 1.5, '2', null, undefined])('refuses %j hours', async (hours) => {
    const id = await reserved(house, 1);
    const answer = await extend(id, hours);
    expect([answer.status, badFields(answer)]).toEqual([422, ['hours']]);
  });

  it('refuses a hold that has ended, is over its deadline, or is not there', async () => {
    const id = await reserved(house, 1);
    await release(id);
    expect((await extend(id, 1)).body.code).toBe('RESERVATION_NOT_HELD');
    const over = await reserved(house, 1);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '1 second' where reservation_id = $1`,
      [over],
    );
    const late = await extend(over, 1);
    expect([late.status, late.body.code]).toEqual([409, 'RESERVATION_NOT_HELD']);
    for (const unknown of unknownIds)
      expect([unknown, (await extend(unknown, 1)).status]).toEqual([unknown, 404]);
  });

  it('works for a hold of the sandbox too', async () => {
    const key = await testKeyOf(house, 'trial', ['reservations:write']);
    const { body } = await house.post(
      '/api/ota/reserve',
      { product_id: 106, quantity: 1 },
      { key: null, headers: { 'X-API-Key': key } },
    );
    expect((await extend(body.reservation_id, 5)).status).toBe(200);
    expect((await release(body.reservation_id)).status).toBe(200);
  });

  it('is no agency’s', async () => {
    const id = await reserved(house, 1);
    const path = `/api/admin/reservations/${id}/extend`;
    expect((await house.post(path, { hours: 1 }, { key: 'ota' })).status).toBe(403);
  });
});

describe('an operator against the deadline', () => {
  it('wins, or finds the hold ended, and nothing is lost', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 8; number += 1) {
      const id = await reserved(house, 2);
      await runs.waiting(id);
      ids.push(id);
    }
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() + interval '400 milliseconds'
        where reservation_id = any($1)`,
      [ids],
    );
    await Promise.all(ids.map((id) => runs.of(id).signal('lookAgain')));
    const answers = await Promise.all(
      ids.map(async (id, place) => {
        await new Promise((resolve) => setTimeout(resolve, 280 + 20 * place));
        return extend(id, 1);
      }),
    );
    await eventually('each hold extended or ended', async () => {
      const holds = await Promise.all(ids.map(stored));
      return holds.every(
        ({ status }, place) => status === (answers[place]?.status === 200 ? 'held' : 'expired'),
      );
    });
    for (const { status } of answers) expect([200, 409]).toContain(status);
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
