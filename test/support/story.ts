import { expect } from '@jest/globals';
import type { Example } from '../../src/contract/examples/example.ts';
import { exampleOf } from '../../src/contract/examples/examples.ts';
import { operations } from '../../src/contract/operations.ts';
import type { RefusalCode } from '../../src/domain/errors.ts';
import { pathOf, problemExample } from '../../src/http/problem-examples.ts';
import type { Answer, House } from './house.ts';

type Headers = Record<string, string>;
type Playing = {
  /** The key, or the headers of a signature. */
  as?: Headers;
  /** Members that are compared by their type alone: what is made anew each time, or moves on meanwhile. */
  anew?: string[];
  /** What stands in the request instead of the example's. */
  body?: Record<string, unknown>;
  query?: Record<string, string>;
  accept?: string;
};

/** The example of an operation, by its id. */
export const exampleNamed = (id: string): Example => {
  const operation = operations.find((one) => one.id === id);
  if (!operation) throw new Error(`no operation ${id}`);
  return exampleOf(operation);
};

/**
 * Plays the examples on a real house: sends their requests, compares the answers with theirs, and learns from
 * the answers which real id stands for which of the story, so that the next request can use it.
 */
export function storyteller(house: House) {
  const real = new Map<string, string>();
  const played = new Set<string>();
  const inverse = () => new Map([...real].map(([told, found]) => [found, told]));

  const send = async (id: string, { as = {}, body, query, accept }: Playing): Promise<Answer> => {
    const example = exampleNamed(id);
    const search = new URLSearchParams(
      Object.entries(translate({ ...example.query, ...query }, real)).map(
        ([name, value]): [string, string] => [name, String(value)],
      ),
    ).toString();
    const path = translate(pathOf(example), real) + (search && `?${search}`);
    const sent = body ?? example.body;
    return house.send(
      example.operation.method.toUpperCase(),
      path,
      sent && JSON.stringify(translate(sent, real)),
      {
        ...(sent && { 'Content-Type': 'application/json' }),
        ...(accept && { Accept: accept }),
        ...as,
      },
    );
  };

  return {
    real,
    played,
    send,
    /** The example of an answer, which the real one is to equal. */
    play: async (id: string, playing: Playing = {}, name = 'example'): Promise<Answer> => {
      played.add(id);
      const answer = await send(id, playing);
      const example = exampleNamed(id);
      const told = example.answers[answer.status]?.json?.[name];
      if (told === undefined) throw new Error(`${id} answered ${answer.status}: ${answer.text}`);
      learn(told, answer.body, real);
      const masked = masker(playing.anew ?? []);
      expect([id, masked(translate(answer.body, inverse()))]).toEqual([id, asPattern(masked(told))]);
      if (answer.headers.has('Location')) {
        expect(translate(answer.headers.get('Location'), inverse())).toBe(example.location);
      }
      return answer;
    },
    /** A refusal that is to say what the example of its code says, but for ids, numbers and times. */
    refuse: async (id: string, code: RefusalCode, playing: Playing = {}): Promise<Answer> => {
      const answer = await send(id, playing);
      const told = problemExample(exampleNamed(id), code, house.config.publicUrl);
      expect([id, form(answer.body)]).toEqual([id, form(told)]);
      return answer;
    },
  };
}

/** A value with one set of words for another; the longest first, as a QR's text contains its code. */
export function translate<T>(value: T, words: Map<string, string>): T {
  const longestFirst = [...words].sort(([a], [b]) => b.length - a.length);
  const text = longestFirst.reduce((so, [from, to]) => so.replaceAll(from, to), JSON.stringify(value));
  return JSON.parse(text) as T;
}

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^[A-Z2-7]{26}$|^[A-Z2-7]{100,}$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Pairs the ids of an example with those that stand in their places. */
function learn(told: unknown, found: unknown, real: Map<string, string>): void {
  if (typeof told === 'string' && typeof found === 'string') {
    if (ID.test(told) && ID.test(found) && told !== found) real.set(told, found);
  } else if (Array.isArray(told) && Array.isArray(found) && told.length !== found.length) {
    // A list with others in it: which of them is meant, nobody can tell.
  } else if (typeof told === 'object' && told !== null && typeof found === 'object' && found !== null) {
    for (const [name, value] of Object.entries(told)) {
      learn(value, (found as Record<string, unknown>)[name], real);
    }
  }
}

/** Times, and the members named, by their type. */
const masker = (names: string[]) => (value: unknown) =>
  JSON.parse(JSON.stringify(value), (name, member: unknown) => {
    if (names.includes(name)) return Array.isArray(member) ? 'array' : 'anew';
    return typeof member === 'string' && TIME.test(member) ? 'time' : member;
  }) as unknown;

/** Lists of a house hold more than the story tells of. */
const LISTS = ['items', 'products', 'public_holidays'];
function asPattern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPattern);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      LISTS.includes(name) && Array.isArray(member)
        ? expect.arrayContaining(member.map(asPattern))
        : asPattern(member),
    ]),
  );
}

/** A problem document without what differs from case to case. */
function form({ request_id, ...problem }: Record<string, unknown>) {
  expect(request_id).toEqual(expect.any(String));
  return JSON.parse(JSON.stringify(problem), (_, member: unknown) => {
    if (typeof member === 'number') return 0;
    if (typeof member !== 'string') return member;
    return member
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[A-Z2-7]{26}/g, 'id')
      .replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, 'time')
      .replaceAll(/\d+/g, '0');
  }) as unknown;
}
