import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { eventPayload, events } from '../../src/contract/events.ts';
import { examples, exampleOf } from '../../src/contract/examples/examples.ts';
import { codes, keySet, rotating } from '../../src/contract/examples/story.ts';
import { secret } from '../../src/contract/examples/webhooks.ts';
import { operations } from '../../src/contract/operations.ts';
import { problem } from '../../src/contract/problem.ts';
import { tags } from '../../src/contract/tags.ts';
import { refusalCodes } from '../../src/domain/errors.ts';
import { eventTypes, TEST_EVENT } from '../../src/domain/webhooks.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { answers } from '../../src/http/problem.ts';
import { codesOf, pathOf } from '../../src/http/problem-examples.ts';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { readToken } from '../../src/tickets/qr-token.ts';
import { isSignedWith } from '../../src/webhooks/standard-webhook.ts';

type Shown = { value?: unknown; externalValue?: string };
type Content = Record<string, { examples?: Record<string, Shown> }>;
type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  schema: { examples?: unknown[] };
};
type Described = {
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content: Content; headers?: Record<string, { example?: unknown }> }>;
};

const SERVER = 'https://server.example';
const document = JSON.parse(JSON.stringify(openApiDocument(SERVER))) as {
  info: { description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Described>>;
  webhooks: Record<string, { post: Described }>;
};
const described = (id: string): Described => {
  const { path, method } = operations.find((operation) => operation.id === id)!;
  return document.paths[path]![method]!;
};
const each = operations.map((operation) => [operation.id, operation] as const);
const problemsIn = (of: Described) =>
  Object.entries(of.responses).flatMap(([status, { content }]) =>
    Object.entries(content['application/problem+json']?.examples ?? {}).map(([code, { value }]) => ({
      status: Number(status),
      code,
      value: value as Record<string, unknown>,
    })),
  );

describe('the examples', () => {
  it('are one for each operation, and of no other', () => {
    const named = examples.map(({ operation }) => operation.id);
    expect(named.toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  it.each(each)('of %s are a request that its schemas accept as it stands', (_id, operation) => {
    const { params, query, body, moreBodies = {} } = exampleOf(operation);
    if (operation.params) expect(operation.params.parse(params)).toEqual(params);
    else expect(params).toEqual({});
    if (operation.query) {
      const asText = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
      expect(operation.query.parse(asText)).toMatchObject(query);
    } else expect(query).toEqual({});
    if (operation.body) {
      for (const one of [body, ...Object.values(moreBodies)]) expect(operation.body.parse(one)).toEqual(one);
    } else expect(body).toBeUndefined();
  });

  it.each(each)('of %s answer each status that it promises, in each representation', (_id, operation) => {
    const given = exampleOf(operation).answers;
    expect(Object.keys(given)).toEqual(Object.keys(operation.answers));
    for (const [status, answer] of Object.entries(operation.answers)) {
      const { json = {}, text = {} } = given[Number(status)]!;
      const types = answer.contentType ? [answer.contentType] : (answer.streamed ?? []);
      expect(Object.keys(text)).toEqual(types);
      expect(Object.keys(json).length > 0).toBe(answer.body !== undefined);
      // What a schema does not know it leaves out: so a member too many shows here.
      for (const value of Object.values(json)) expect(answer.body?.parse(value)).toEqual(value);
    }
  });

  it.each(each)('of %s stand in the document, with every parameter', (id, operation) => {
    const shown = described(id);
    const { body, answers: given } = exampleOf(operation);
    for (const parameter of shown.parameters ?? []) {
      const value = parameter.required ? parameter.example : parameter.schema.examples?.[0];
      expect([id, parameter.name, value]).toEqual([id, parameter.name, expect.anything()]);
    }
    expect(shown.requestBody?.content['application/json']?.examples?.example?.value).toEqual(body);
    for (const [status, { json = {} }] of Object.entries(given)) {
      const { content, headers = {} } = shown.responses[status]!;
      const inJson = content['application/json']?.examples ?? {};
      expect(Object.fromEntries(Object.entries(inJson).map(([name, { value }]) => [name, value]))).toEqual(
        json,
      );
      for (const [type, { examples: named = {} }] of Object.entries(content)) {
        for (const one of Object.values(named)) {
          expect([type, one.value ?? one.externalValue]).toEqual([type, expect.anything()]);
        }
        expect([id, type, Object.keys(named).length > 0]).toEqual([id, type, true]);
      }
      for (const [name, { example }] of Object.entries(headers)) {
        expect([id, name, example]).toEqual([id, name, expect.stringMatching(/./)]);
      }
    }
  });

  it('have the failed activation by its name', () => {
    const { content } = described('activateOrder').responses['200']!;
    expect(Object.keys(content['application/json']?.examples ?? {})).toEqual(['success', 'failed']);
  });

  it('have tickets whose QRs the key set of the examples verifies', () => {
    const { verifying } = readSigningKeySet(
      JSON.stringify({
        keys: [...(JSON.parse(generateSigningKeySet()) as typeof keySet).keys, ...keySet.keys],
      }),
    );
    const keys = { signing: { kid: '', privateKey: undefined as never }, verifying };
    for (const { code, qr } of Object.values(codes)) {
      expect(readToken(keys, qr)).toMatchObject({ kind: 'static', ticketCode: code });
    }
    expect(readToken(keys, rotating.qr)).toMatchObject({
      kind: 'rotating',
      ticketCode: codes.adult.code,
      expiresAt: new Date(rotating.expires_at),
    });
  });

  it('hold nothing that is personal or secret but what is made up', () => {
    const text = JSON.stringify(document);
    const addresses = [...text.matchAll(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['guest@example.com']));
    expect(text).not.toMatch(/alt_(live|test)_(?!EXAMPL)[0-9A-Za-z]{6}/);
  });
});

describe('the examples of refusals', () => {
  it.each(each)('of %s are one for each of its codes, under its status, complete', (id, operation) => {
    const found = problemsIn(described(id));
    const promised = codesOf(operation).filter((code) => !(answers[code].status in operation.answers));
    expect(found.map(({ code }) => code).toSorted()).toEqual(promised.toSorted());
    for (const { status, code, value } of found) {
      expect(problem.parse(value)).toEqual(value);
      expect(value).toMatchObject({
        type: `${SERVER}/docs/errors#${code.toLowerCase()}`,
        title: answers[code as keyof typeof answers].title,
        status,
        code,
        instance: pathOf(exampleOf(operation)),
      });
      expect(value.detail).not.toBe('');
    }
  });

  it('name every code of the closed list in some operation', () => {
    const shown = new Set(operations.flatMap(({ id }) => problemsIn(described(id)).map(({ code }) => code)));
    // Where a path has an operation, its method is allowed: the introduction names this code.
    shown.add('METHOD_NOT_ALLOWED');
    expect(refusalCodes.filter((code) => !shown.has(code))).toEqual([]);
    expect(document.info.description).toContain('METHOD_NOT_ALLOWED');
  });

  it('name the bad fields where fields are bad', () => {
    for (const { id } of operations) {
      for (const { code, value } of problemsIn(described(id))) {
        const errors = (value.errors ?? []) as unknown[];
        expect([id, code, errors.length > 0]).toEqual([id, code, code === 'VALIDATION_FAILED']);
      }
    }
  });

  it('carry the extra members that docs/errors.md names for a code', () => {
    const sections = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').split(/^## /m);
    for (const { id } of operations) {
      for (const { code, value } of problemsIn(described(id))) {
        const section = sections.find((one) => one.startsWith(`${code}\n`)) ?? '';
        const line = /^Extra members?: (.*)$/m.exec(section)?.[1] ?? '';
        const documented = [...line.replaceAll(/\{[^}]*\}/g, '').matchAll(/`(\w+)`/g)].map(
          ([, name]) => name,
        );
        const members = Object.keys(value).filter(
          (name) => !['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'].includes(name),
        );
        const states = ['due', 'settled'];
        expect([id, code, members.toSorted()]).toEqual([
          id,
          code,
          documented.filter((name) => !states.includes(name ?? '')).toSorted(),
        ]);
      }
    }
  });
});

describe('the webhooks of the document', () => {
  it('are the events that partners can be told of, and the test', () => {
    expect(Object.keys(document.webhooks).toSorted()).toEqual([...eventTypes, TEST_EVENT].toSorted());
  });

  it.each([...eventTypes, TEST_EVENT] as const)(
    'show %s with a payload of its schema, and signed',
    (type) => {
      const { requestBody, parameters = [] } = document.webhooks[type]!.post;
      const value = requestBody?.content['application/json']?.examples?.example?.value;
      expect(eventPayload(type, events[type].data).parse(value)).toEqual(value);
      const headers = Object.fromEntries(parameters.map(({ name, example }) => [name, String(example)]));
      const signed = {
        id: headers['webhook-id'] ?? '',
        timestamp: headers['webhook-timestamp'] ?? '',
        signature: headers['webhook-signature'] ?? '',
      };
      expect(isSignedWith(secret, signed, JSON.stringify(value))).toBe(true);
    },
  );
});

describe('the reference', () => {
  it('groups the operations by tags that it describes, each used', () => {
    const used = new Set(operations.map(({ tag }) => tag));
    expect(document.tags.map(({ name }) => name)).toEqual(tags.map(({ name }) => name));
    expect(new Set(tags.map(({ name }) => name))).toEqual(used);
  });
});
