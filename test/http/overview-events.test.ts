import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Overview } from '../../src/http/present/overview.ts';
import { OverviewFeed } from '../../src/http/overview-feed.ts';
import { createLog } from '../../src/log.ts';
import { cookieOf, withCookie } from '../support/cookies.ts';
import { EVENTS, follow, type Following, openStream, type Told } from '../support/event-stream.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { reserved, sold } from '../support/sale.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ worker: true });
});
afterAll(() => house.close());

const asAdmin = () => ({ 'X-API-Key': house.keys.admin });
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));
const otaPool = ({ data }: Told) =>
  (data as Overview).products
    .find(({ product_id }) => product_id === 106)
    ?.pools.find(({ channel }) => channel === 'ota');
/** The next event that says what is waited for. */
async function until(following: Following, isIt: (told: Told) => boolean | undefined): Promise<Told> {
  for (;;) {
    const told = await following.next();
    if (!told) throw new Error('the stream ended');
    if (isIt(told)) return told;
  }
}
async function newOperator(partnerId: string) {
  const admin = { key: 'admin' } as const;
  await house.post('/api/admin/partners', { partner_id: partnerId, name: partnerId, channel: 'desk' }, admin);
  const { body } = await house.post(
    `/api/admin/partners/${partnerId}/keys`,
    { permissions: ['admin'] },
    admin,
  );
  const opened = await house.send('POST', '/api/admin/session', undefined, { 'X-API-Key': body.api_key });
  return { keyId: body.key_id as string, session: withCookie(cookieOf(opened)).headers };
}

describe('GET /api/admin/overview/events', () => {
  it('tells the overview at once, with an id, and how soon to come back', async () => {
    const following = await openStream(house, asAdmin());
    expect([following.status, following.headers.get('Content-Type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    const told = await following.next();
    const { body } = await house.get('/api/admin/overview', { key: 'admin' });
    expect(told).toEqual({
      event: 'overview',
      id: told?.data.as_of,
      data: { ...body, as_of: told?.data.as_of },
    });
    expect(following.text()).toMatch(/^retry: 2000\n\n/);
    following.leave();
  });

  it('tells of a sale and of a hold to everybody, by session and by key', async () => {
    const opened = await house.post('/api/admin/session', undefined, { key: 'admin' });
    const both = await Promise.all([
      openStream(house, asAdmin()),
      openStream(house, withCookie(cookieOf(opened)).headers),
    ]);
    const before = await Promise.all(both.map((following) => following.next()));
    const [soldBefore = 0] = before.map((told) => told && otaPool(told)?.sold);
    await sold(house, 2);
    for (const following of both) await until(following, (told) => otaPool(told)?.sold === soldBefore + 2);
    await reserved(house, 3);
    for (const following of both) await until(following, (told) => otaPool(told)?.reserved === 3);
    for (const following of both) following.leave();
  });

  it('tells nothing while nothing changes', async () => {
    const following = await openStream(house, asAdmin());
    const first = await following.next();
    await seconds(3);
    await reserved(house, 1);
    const second = await following.next();
    expect(second && otaPool(second)).not.toEqual(first && otaPool(first));
    following.leave();
  });

  it('is given only to who asks for it by name', async () => {
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
      const answer = await house.get(EVENTS, { key: 'admin', headers });
      expect([answer.status, answer.body.code]).toEqual([406, 'NOT_ACCEPTABLE']);
    }
  });

  it.each([
    ['no key', () => ({}), 401],
    ['an agency', () => ({ 'X-API-Key': house.keys.ota }), 403],
    ['a gate', () => ({ 'X-API-Key': house.keys.gate }), 403],
  ] as const)('refuses %s', async (_who, headers, status) => {
    expect((await openStream(house, headers())).status).toBe(status);
  });

  it('refuses a session from another site', async () => {
    const opened = await house.post('/api/admin/session', undefined, { key: 'admin' });
    for (const from of ['cross-site', 'same-site']) {
      const { headers } = withCookie(cookieOf(opened), { 'Sec-Fetch-Site': from });
      expect((await openStream(house, headers)).status).toBe(401);
    }
  });

  it.each([
    ['is revoked', `update api_keys set revoked_at = clock_timestamp() where key_id = $1`],
    ['expires', `update api_keys set expires_at = clock_timestamp() - interval '1 second' where key_id = $1`],
    ['loses its permission', `update api_keys set permissions = '{reports:read}' where key_id = $1`],
    [
      'is of a partner who is suspended',
      `update partners set status = 'suspended' where partner_id = (select partner_id from api_keys where key_id = $1)`,
    ],
  ])('ends when its key %s, and nobody else’s', async (what, statement) => {
    const { keyId, session } = await newOperator(`watcher-${what.replaceAll(' ', '-')}`);
    const [ended, others] = await Promise.all([openStream(house, session), openStream(house, asAdmin())]);
    await Promise.all([ended.next(), others.next()]);
    await house.sql(statement, [keyId]);
    while (await ended.next());
    await reserved(house, 1);
    expect(await others.next()).toMatchObject({ event: 'overview' });
    others.leave();
  });

  it('has room for 200, says so to the next, and gives the place of one who left to another', async () => {
    await seconds(1); // Who has left before is gone by then.
    const all = await Promise.all(Array.from({ length: 200 }, () => openStream(house, asAdmin())));
    expect(all.filter(({ status }) => status !== 200)).toEqual([]);
    const one = await house.get(EVENTS, { key: 'admin', headers: { Accept: 'text/event-stream' } });
    expect([one.status, one.body.code, one.headers.get('Retry-After')]).toEqual([503, 'UNAVAILABLE', '1']);
    await Promise.all(all.map((following) => following.next()));
    await reserved(house, 1);
    await Promise.all(all.map((following) => following.next()));
    for (const following of all) following.leave();
    const later = await eventually('a free place', async () => {
      const following = await openStream(house, asAdmin());
      return following.status === 200 ? following : undefined;
    });
    later.leave();
  });

  it('takes no place for a HEAD', async () => {
    for (let times = 0; times < 210; times += 1) {
      const headers = { Accept: 'text/event-stream', ...asAdmin() };
      expect((await fetch(house.url + EVENTS, { method: 'HEAD', headers })).status).toBe(200);
    }
    expect(await follow(house, 1, asAdmin())).toMatchObject([{ event: 'overview' }]);
  });

  it('ends when the server stops, which it does not hold up', async () => {
    const other = await openHouse();
    const following = await openStream(other, { 'X-API-Key': other.keys.admin });
    await following.next();
    const ended = following.next();
    await other.close();
    expect(await ended).toBeUndefined();
  });
});

/** A feed with a reader of the test's, on a server of its own. */
describe('the feed', () => {
  const server: { feed: OverviewFeed; http: Server; reads: number } = {} as never;
  let answer: () => Promise<unknown>;
  let endsAt: Date | undefined;
  beforeAll(async () => {
    const [key] = await house.sql<{ key_id: string }>(
      `select key_id from api_keys where partner_id = 'demo-operator'`,
    );
    const services = { reports: () => house.em(), log: createLog('test', 'silent'), now: () => new Date() };
    server.reads = 0;
    server.feed = new OverviewFeed(services, {
      read: () => {
        server.reads += 1;
        return answer() as Promise<Overview>;
      },
    });
    server.http = createServer((_, response) => {
      server.feed.open(response, key?.key_id ?? '', endsAt).pipe(response);
    });
    await new Promise<void>((listening) => server.http.listen(0, '127.0.0.1', listening));
  });
  afterAll(async () => {
    await server.feed.close();
    await new Promise((closed) => server.http.close(closed));
  });
  const watch = () => {
    const { port } = server.http.address() as AddressInfo;
    return openStream({ ...house, url: `http://127.0.0.1:${port}` }, {});
  };
  const connections = () =>
    new Promise<number>((resolve) => server.http.getConnections((_, count) => resolve(count)));

  it('looks once for all, and not at all for nobody', async () => {
    let number = 0;
    answer = async () => ({ as_of: `${number}`, number: (number += 1) });
    const all = await Promise.all(Array.from({ length: 30 }, watch));
    for (let times = 0; times < 3; times += 1) await Promise.all(all.map((following) => following.next()));
    expect(server.reads).toBeLessThan(10);
    for (const following of all) following.leave();
    await eventually('nobody', async () => (await connections()) === 0);
    await seconds(1.5);
    const before = server.reads;
    await seconds(2.5);
    expect(server.reads).toBe(before);
  });

  it('says once that the database is away, and tells everything anew when it is back', async () => {
    answer = async () => ({ as_of: 'a' });
    const following = await watch();
    expect(await following.next()).toMatchObject({ event: 'overview', id: 'a' });
    answer = () => Promise.reject(new Error('away'));
    expect(await following.next()).toMatchObject({ event: 'away', data: {} });
    await seconds(2.5);
    answer = async () => ({ as_of: 'b' });
    expect(await following.next()).toMatchObject({ event: 'overview', id: 'b' });
    following.leave();
  });

  it('ends with the session', async () => {
    answer = async () => ({ as_of: 'a' });
    endsAt = new Date(Date.now() + 1_500);
    const following = await watch();
    endsAt = undefined;
    while (await following.next());
  });

  it('cuts off who takes nothing any more when it closes', async () => {
    const long = 'x'.repeat(4_000_000);
    let number = 0;
    answer = async () => ({ as_of: 'a', long, number: (number += 1) });
    const { port } = server.http.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await eventually('several events', async () => number >= 4);
    await server.feed.close();
    await eventually('the connection cut', async () => (await connections()) === 0);
    socket.destroy();
  });
});
