import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operations } from '../../src/contract/operations.ts';
import { answers } from '../../src/http/problem.ts';
import { type Answer, type House, openHouse } from '../support/house.ts';
import { breakdown, customer, SATURDAY, sold } from '../support/sale.ts';

type Schema = { $ref?: string } & Record<string, unknown>;
type Content = Record<string, { schema: Schema }>;
type Described = {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content: Content }>;
};
type Document = {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
};

/** A port where no receiver is. */
const NOBODY = 'http://127.0.0.1:9/';

let house: House;
let document: Document;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
  const answer = await house.get('/openapi.json', { key: null });
  expect(answer.status).toBe(200);
  document = answer.body;
});
afterAll(() => house.close());

const described = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

const check = (id: string, path: string, method: string, answer: Answer) => {
  const responses = document.paths[path]?.[method]?.responses ?? {};
  expect([id, answer.status, Object.keys(responses)]).toEqual([
    id,
    answer.status,
    expect.arrayContaining([String(answer.status)]),
  ]);
  const types = Object.keys(responses[String(answer.status)]?.content ?? {});
  expect(types).toContain(answer.headers.get('Content-Type')?.split(';')[0]);
  expect([id, answer.status, answer.text]).not.toEqual([id, 500, expect.anything()]);
  expect(answer.text).not.toMatch(
    /\bat .*\.(ts|js):\d|node_modules|select .* from|insert into|syntax error|SQLSTATE|postgres(ql)?:\/\/|violates|ECONN|\b(MikroORM|kysely)\b/i,
  );
};

describe('GET /openapi.json', () => {
  it('describes every operation of the contract once, and no other', () => {
    const inContract = operations.map(({ id, method, path }) => `${id}: ${method} ${path}`);
    const inDocument = described().map(
      ({ path, method, operation }) => `${operation.operationId}: ${method} ${path}`,
    );
    expect(inDocument.toSorted()).toEqual(inContract.toSorted());
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it('is OpenAPI 3.1 with its title, version and server', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({
      title: 'Allotment',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(document.servers).toEqual([{ url: house.config.publicUrl }]);
  });

  it('refers only to what it has', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      let target: unknown = document;
      for (const step of reference.replace('#/', '').split('/'))
        target = (target as Record<string, unknown>)?.[step];
      expect([reference, target]).toEqual([reference, expect.any(Object)]);
    }
    const schemes = described().flatMap(({ operation }) => operation.security.flatMap(Object.keys));
    for (const scheme of schemes) expect(document.components.securitySchemes).toHaveProperty(scheme);
  });

  it('declares the parameters of each path, required, and no other path parameter', () => {
    for (const { path, operation } of described()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([path, declared.map(({ name }) => name)]).toEqual([path, inPath]);
      for (const { required } of declared) expect(required).toBe(true);
    }
  });

  it('gives each operation a summary, a tag and described answers with a content', () => {
    for (const { operation } of described()) {
      expect(operation.summary).not.toBe('');
      expect(operation.tags).toHaveLength(1);
      const entries = Object.entries(operation.responses);
      expect(entries.some(([status]) => status.startsWith('2'))).toBe(true);
      for (const [status, response] of entries) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(response.description).not.toBe('');
        for (const content of Object.values(response.content))
          expect(content.schema).toEqual(expect.any(Object));
      }
    }
  });

  it('uses no keyword that JSON Schema 2020-12 has dropped', () => {
    expect(JSON.stringify(document)).not.toMatch(/"(nullable|definitions)":/);
    expect(JSON.stringify(document)).not.toMatch(/"exclusiveM(in|ax)imum":(true|false)/);
  });

  it('documents every refusal that the contract names', () => {
    for (const { id, method, path, refusals } of operations) {
      const statuses = Object.keys(document.paths[path]?.[method]?.responses ?? {});
      for (const code of refusals) {
        expect([id, code, statuses]).toEqual([
          id,
          code,
          expect.arrayContaining([String(answers[code].status)]),
        ]);
      }
    }
  });

  it('documents Idempotency-Key exactly where it is honoured', () => {
    for (const { id, method, path, idempotent = false } of operations) {
      const parameters = document.paths[path]?.[method]?.parameters ?? [];
      expect([id, parameters.some(({ name }) => name === 'Idempotency-Key')]).toEqual([id, idempotent]);
    }
  });

  it('documents a body exactly where one is read', () => {
    for (const { id, method, path, body } of operations) {
      const found = document.paths[path]?.[method]?.requestBody;
      expect([id, found !== undefined]).toEqual([id, body !== undefined]);
      if (found)
        expect([id, found.required, Object.keys(found.content)]).toEqual([id, true, ['application/json']]);
    }
  });
});

describe('every route', () => {
  let sale: Awaited<ReturnType<typeof sold>>;
  let webhook: { endpointId: string; deliveryId: string };
  beforeAll(async () => {
    sale = await sold(house, 2);
    const endpoint = await house.post('/api/ota/webhooks', { url: NOBODY, events: ['order.cancelled'] });
    const endpointId: string = endpoint.body.endpoint_id;
    const test = await house.post(`/api/ota/webhooks/${endpointId}/test`);
    webhook = { endpointId, deliveryId: test.body.delivery_id };
  });

  /** What a path's parameter can be filled with: what exists, what never did, and what makes no sense. */
  const fillings = (name: string): string[] => {
    const known: Record<string, string> = {
      reservation_id: sale.reservationId,
      order_id: sale.orderId,
      code: sale.tickets[0]?.ticket_code ?? '',
      product_id: '106',
      date: '2026-01-01',
      endpoint_id: webhook.endpointId,
      delivery_id: webhook.deliveryId,
    };
    return [
      known[name] ?? 'x',
      '01890000-0000-7000-8000-000000000000',
      'x',
      '%00',
      "'%20or%20'1'='1",
      'x'.repeat(999),
    ];
  };
  const queries = [
    '',
    '?limit=0',
    '?cursor=x',
    '?unknown=1',
    '?full=1',
    '?from=x',
    '?status=x',
    '?product_ids=0',
    '?from=2026-11-01&to=2026-11-30',
    '?from=2026-11-01&to=2026-11-30&partner_id=demo-ota',
  ];
  const validContext = { visit_date: SATURDAY, customer_breakdown: breakdown(1) };
  const bodies = (): unknown[] => [
    {},
    { nonsense: true },
    { order_id: 'x', payment_reference: 'p' },
    { order_id: sale.orderId, payment_reference: 'another' },
    { reservation_id: sale.reservationId, customer_details: customer, pricing_context: validContext },
    { product_id: 106, quantity: 1 },
    { product_id: 106, quantity: 1_000_000 },
    { product_id: 106, ...validContext },
    { product_id: 999, ...validContext },
    { qr: 'x', function_code: 'ferry', scan_id: 's' },
    { reason: 'x' },
    { url: NOBODY, events: ['order.paid'] },
    { url: 'https://127.0.0.1/', events: ['x'] },
    { seconds: 1 },
    { reservation_expires_at: '2030-01-01T00:00:00Z' },
    {
      items: [{ product_id: 106, qty: 1, pricing_context: validContext }],
      out_trade_no: 'x',
      customer_details: customer,
    },
  ];
  const keys = ['ota', 'ota_2', 'direct', 'gate', 'admin', null] as const;

  it.each(operations.map(({ id }) => [id]))(
    '%s answers what is documented, and leaks nothing',
    async (id) => {
      const { path, method, body, params } = operations.find((operation) => operation.id === id)!;
      const name = /\{(\w+)\}/.exec(path)?.[1];
      const paths = params && name ? fillings(name).map((value) => path.replace(/\{\w+\}/, value)) : [path];
      for (const [index, filled] of paths.entries()) {
        const existing = index === 0;
        for (const key of keys) {
          if (method !== 'post') {
            for (const query of method === 'get' && existing ? queries : ['']) {
              check(id, path, method, await house[method](filled + query, { key }));
            }
          } else if (body === undefined) {
            check(id, path, method, await house.post(filled, undefined, { key }));
          } else {
            for (const sent of existing ? bodies() : [{}])
              check(id, path, method, await house.post(filled, sent, { key }));
          }
        }
        if (body !== undefined && existing) {
          const headers = { 'X-API-Key': house.keys.admin };
          for (const [type, text] of [
            ['application/json', '{'],
            ['application/json', '[]'],
            ['text/plain', 'x'],
            ['application/json', JSON.stringify({ x: 'x'.repeat(300_000) })],
          ] as const) {
            check(
              id,
              path,
              method,
              await house.send('POST', filled, text, { ...headers, 'Content-Type': type }),
            );
          }
        }
      }
    },
  );

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
