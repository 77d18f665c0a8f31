import type { z } from 'zod';
import type { RefusalCode } from '../../domain/errors.ts';
import type { Operation } from '../operation.ts';
import type { ProblemExample } from './problems.ts';

/** One answer, in each of its representations: JSON by a name, everything else by its media type. */
export type AnswerExample = {
  json?: Record<string, unknown>;
  text?: Record<string, string>;
};

/** A call that is accepted, every answer it may get, and what its refusals say that others do not. */
export type Example = {
  operation: Operation;
  params: Record<string, string>;
  query: Record<string, string | number>;
  body?: Record<string, unknown>;
  /** Other requests that are accepted, by what they are for. */
  moreBodies?: Record<string, Record<string, unknown>>;
  answers: Record<number, AnswerExample>;
  /** Of an answer that has a `Location`. */
  location?: string;
  problems: Partial<Record<RefusalCode, ProblemExample>>;
};

/** What an operation takes has to be given; the compiler knows which parts those are. */
type Given<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Part<'params', P> &
  Part<'query', Q> &
  Part<'body', B> &
  Pick<Example, 'answers'> &
  Partial<Pick<Example, 'problems' | 'location' | 'moreBodies'>>;
type Part<Name extends string, Schema extends z.ZodType> = [Schema] extends [z.ZodUnknown]
  ? { [name in Name]?: never }
  : { [name in Name]: z.input<Schema> };

/** The example of an operation. Whether its answers keep the contract, a test says. */
export function example<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  operation: Operation<P, Q, B>,
  given: Given<P, Q, B>,
): Example {
  return { params: {}, query: {}, problems: {}, ...given, operation } as Example;
}

/** The one JSON answer, and the same in other representations. */
export const json = (value: unknown, text?: Record<string, string>): AnswerExample => ({
  json: { example: value },
  ...(text && { text }),
});

/** A page that is the last one. */
export const pageWith = (...items: unknown[]): AnswerExample => json({ items, next_cursor: null });
