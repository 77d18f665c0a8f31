import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MAX_ENDPOINTS } from '../../src/domain/webhooks.ts';
import { type House, openHouse } from '../support/house.ts';
import { one } from '../support/runs.ts';
import { badFields } from '../support/sale.ts';
import { registered } from '../support/receiver.ts';

const PATH = '/api/ota/webhooks';
const NEVER = '01890000-0000-7000-8000-000000000000';

let house: House;
let strict: House;
beforeAll(async () => {
  house = await openHouse({ env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  strict = await openHouse();
});
afterAll(async () => {
  await house.close();
  await strict.close();
});

const url = (path = '/hook') => `http://127.0.0.1:9${path}`;
const removeAll = () => house.sql('update webhook_endpoints set deleted_at = clock_timestamp()');
const test = (endpointId: string, asking = {}) => house.post(`${PATH}/${endpointId}/test`, undefined, asking);

describe('POST /api/ota/webhooks', () => {
  it('answers 201 with a secret that no other answer has', async () => {
    const answer = await house.post(PATH, { url: url('/a?b=c'), events: ['order.paid', 'order.paid'] });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      endpoint_id: expect.any(String),
      url: url('/a?b=c'),
      events: ['order.paid'],
      status: 'enabled',
      disabled_reason: null,
      created_at: expect.any(String),
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    const { secret, ...shown } = answer.body;
    expect(answer.headers.get('Location')).toBe(`${PATH}/${shown.endpoint_id}`);
    const read = await house.get(`${PATH}/${shown.endpoint_id}`);
    expect([read.status, read.body]).toEqual([200, shown]);
    const list = await house.get(PATH);
    expect(list.body.items[0]).toEqual(shown);
    expect(list.text + read.text).not.toContain(secret.slice(6));
  });

  it('takes every event where none is named', async () => {
    const answer = await house.post(PATH, { url: url() });
    expect([answer.status, answer.body.events]).toEqual([201, []]);
  });

  it('registers once for an Idempotency-Key, and answers with the same secret', async () => {
    const asking = { headers: { 'Idempotency-Key': randomUUID() } };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => house.post(PATH, { url: url('/once') }, asking)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has('Idempotent-Replayed'))).toHaveLength(7);
    expect(await house.sql('select from webhook_endpoints where url = $1', [url('/once')])).toHaveLength(1);
  });

  it.each([
    ['no URL', {}, ['url']],
    ['not a URL', { url: 'hook' }, ['url']],
    ['another scheme', { url: 'ftp://agency.example/' }, ['url']],
    ['a user', { url: 'https://me@127.0.0.1/' }, ['url']],
    ['a password', { url: 'https://:secret@127.0.0.1/' }, ['url']],
    ['a fragment', { url: 'https://127.0.0.1/#a' }, ['url']],
    ['an unknown event', { url: url(), events: ['order.lost'] }, ['events.0']],
    ['a field too many', { url: url(), secret: 'mine' }, ['secret']],
    ['all of these', { url: 'ftp://x', events: ['bogus'], x: 1 }, ['events.0', 'url', 'x']],
  ])('answers 422 for %s', async (_what, body, fields) => {
    const answer = await house.post(PATH, body);
    expect([answer.status, badFields(answer)]).toEqual([422, fields]);
  });

  it('answers 409 for an endpoint more than there may be, also of parallel calls', async () => {
    await removeAll();
    const answers = await Promise.all(
      Array.from({ length: MAX_ENDPOINTS + 5 }, () => house.post(PATH, { url: url() })),
    );
    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409);
    expect([made.length, refused.length]).toEqual([MAX_ENDPOINTS, 5]);
    expect(refused[0]?.body).toMatchObject({
      code: 'TOO_MANY_ENDPOINTS',
      detail: expect.stringContaining('Delete'),
    });
    expect((await house.post(PATH, { url: url() }, { key: 'ota_2' })).status).toBe(201);
    await house.delete(`${PATH}/${made[0]?.body.endpoint_id}`);
    expect((await house.post(PATH, { url: url() })).status).toBe(201);
    await removeAll();
  });
});

describe('an address to send webhooks to', () => {
  it.each([
    'http://example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://0.0.0.0/',
    'https://localhost/',
    'https://localhost./',
    'https://no-such-host.invalid/',
  ])('is refused with 422 unless it is https and public: %s', async (address) => {
    const answer = await strict.post(PATH, { url: address });
    expect([answer.status, badFields(answer)]).toEqual([422, ['url']]);
    expect(await strict.sql('select from webhook_endpoints')).toEqual([]);
  });

  it('is accepted when it is public', async () => {
    for (const address of ['https://93.184.215.14/hook', 'https://[2606:4700::1111]:8443/hook']) {
      expect((await strict.post(PATH, { url: address })).status).toBe(201);
    }
  });
});

describe('GET /api/ota/webhooks', () => {
  it('pages from the newest to the oldest', async () => {
    await removeAll();
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await registered(house, url(`/${n}`))).endpoint_id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await house.get(`${PATH}?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.body.items.map((item: { endpoint_id: string }) => item.endpoint_id));
      cursor = page.body.next_cursor;
    }
    expect(seen).toEqual(made);
    await removeAll();
  });
});

describe('DELETE /api/ota/webhooks/{endpoint_id}', () => {
  it('takes the endpoint away for good', async () => {
    const { endpoint_id: id } = await registered(house, url());
    expect((await house.delete(`${PATH}/${id}`)).body).toEqual({ endpoint_id: id, deleted: true });
    for (const answer of [
      await house.get(`${PATH}/${id}`),
      await house.delete(`${PATH}/${id}`),
      await house.post(`${PATH}/${id}/enable`),
      await house.post(`${PATH}/${id}/rotate`),
      await test(id),
      await house.get(`${PATH}/${id}/deliveries`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await house.get(PATH)).text).not.toContain(id);
  });
});

describe('POST /api/ota/webhooks/{endpoint_id}/rotate', () => {
  const secretsOf = async (id: string) =>
    (
      await one<{ secrets: string[] }>(
        house,
        'select secrets from webhook_endpoints where endpoint_id = $1',
        [id],
      )
    ).secrets;

  it('makes a new secret and keeps the one before', async () => {
    const { endpoint_id: id, secret: first } = await registered(house, url());
    const { secret: second } = (await house.post(`${PATH}/${id}/rotate`)).body;
    expect(await secretsOf(id)).toEqual([second, first]);
    const { secret: third } = (await house.post(`${PATH}/${id}/rotate`)).body;
    expect(await secretsOf(id)).toEqual([third, second]);
  });

  it('rotates once for an Idempotency-Key', async () => {
    const { endpoint_id: id, secret: first } = await registered(house, url());
    const asking = { headers: { 'Idempotency-Key': randomUUID() } };
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await house.post(`${PATH}/${id}/rotate`, undefined, asking));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await secretsOf(id)).toEqual([answers[0]?.body.secret, first]);
  });
});

describe('POST /api/ota/webhooks/{endpoint_id}/test and …/enable', () => {
  it('accepts a test of an endpoint that takes other events, once for a key', async () => {
    const { endpoint_id: id } = await registered(house, url(), { events: ['order.paid'] });
    const asking = { headers: { 'Idempotency-Key': randomUUID() } };
    const first = await test(id, asking);
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({
      endpoint_id: id,
      event_type: 'webhook.test',
      status: 'pending',
      attempts: 0,
      payload: { type: 'webhook.test', data: { endpoint_id: id } },
    });
    expect((await test(id, asking)).body.delivery_id).toBe(first.body.delivery_id);
    expect((await house.get(`${PATH}/${id}/deliveries`)).body.items).toHaveLength(1);
    const command = await one(house, 'select kind from workflow_commands where workflow_id = $1', [
      `webhook-delivery:${first.body.delivery_id}`,
    ]);
    expect(command).toEqual({ kind: 'start_webhook_delivery' });
  });

  it('answers 409 to test and replay while the endpoint is disabled, until it is enabled', async () => {
    const { endpoint_id: id } = await registered(house, url());
    const { delivery_id: delivery } = (await test(id)).body;
    await house.sql(
      `update webhook_endpoints set status = 'disabled', disabled_reason = 'It answered 410 Gone.' where endpoint_id = $1`,
      [id],
    );
    const replay = () => house.post(`${PATH}/deliveries/${delivery}/replay`);
    for (const answer of [await test(id), await replay()]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'ENDPOINT_DISABLED']);
    }
    const enabled = await house.post(`${PATH}/${id}/enable`);
    expect(enabled.body).toMatchObject({ status: 'enabled', disabled_reason: null });
    expect([(await test(id)).status, (await replay()).status]).toEqual([202, 202]);
  });
});

describe('GET /api/ota/webhooks/{endpoint_id}/deliveries', () => {
  it('pages from the newest to the oldest, filtered by status', async () => {
    const { endpoint_id: id } = await registered(house, url());
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await test(id)).body.delivery_id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await house.get(`${PATH}/${id}/deliveries?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.body.items.map((item: { delivery_id: string }) => item.delivery_id));
      cursor = page.body.next_cursor;
    }
    expect(seen).toEqual(made);
    const listed = async (status: string) =>
      (await house.get(`${PATH}/${id}/deliveries?status=${status}`)).body.items.length;
    expect([await listed('pending'), await listed('failed')]).toEqual([5, 0]);
    expect((await house.get(`${PATH}/${id}/deliveries?status=lost`)).status).toBe(422);
  });
});

describe('another partner', () => {
  it('finds none of these endpoints and deliveries, and changes nothing', async () => {
    const { endpoint_id: id } = await registered(house, url());
    const { delivery_id: delivery } = (await test(id)).body;
    const all = () =>
      house.sql('select * from webhook_endpoints join webhook_deliveries using (endpoint_id)');
    const before = await all();
    for (const key of ['ota_2', 'direct', 'admin'] as const) {
      for (const answer of [
        await house.get(`${PATH}/${id}`, { key }),
        await house.delete(`${PATH}/${id}`, { key }),
        await house.get(`${PATH}/${id}/deliveries`, { key }),
        await house.post(`${PATH}/${id}/rotate`, undefined, { key }),
        await house.post(`${PATH}/${id}/enable`, undefined, { key }),
        await test(id, { key }),
        await house.post(`${PATH}/deliveries/${delivery}/replay`, undefined, { key }),
      ]) {
        expect([key, answer.status, answer.body.code]).toEqual([key, 404, 'NOT_FOUND']);
      }
      expect((await house.get(PATH, { key })).text).not.toContain(id);
    }
    expect(await all()).toEqual(before);
  });

  it('and what never existed are not found', async () => {
    for (const id of [NEVER, 'x']) {
      expect((await house.get(`${PATH}/${id}`)).status).toBe(404);
      expect((await house.post(`${PATH}/deliveries/${id}/replay`)).status).toBe(404);
    }
  });
});
