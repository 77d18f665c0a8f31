import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { z } from 'zod';
import { type EntityManager, openDatabase } from '../db/open.ts';
import { workerPatience } from '../db/patience.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { invalid } from '../domain/errors.ts';
import { firstOfEachField, toProblems } from '../http/guard.ts';
import { withExamples } from './output.ts';

export type DatabaseOptions = { database?: string; json?: boolean };
export type Session = { em: EntityManager; by: Accepting };

/** The options that every command on the database has, and how it is typed. */
export const onDatabase = (command: Command, ...examples: string[]): Command =>
  withExamples(command, ...examples)
    .option('--database <url>', 'the database; DATABASE_URL, or that of the running stack, when absent')
    .option('--json', 'print JSON, in the shapes of the API');

/**
 * Runs a command on the database that the options name. It goes through the same accepting functions as the
 * API and is kept in the audit log, with `cli` as the actor.
 */
export async function withDatabase<T>(
  options: DatabaseOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const orm = await openDatabase(databaseUrl(options), workerPatience, 2);
  try {
    const by = {
      partnerId: 'cli',
      channel: 'cli',
      keyId: null,
      requestId: `cli-${randomUUID()}`,
      answerKeys: [],
    };
    return await work({ em: orm.em.fork(), by });
  } finally {
    await orm.close();
  }
}

export class UsageError extends Error {}

export function databaseUrl({ database = process.env.DATABASE_URL }: DatabaseOptions): string {
  if (database) return database;
  const file = stackFile();
  const stack = readStack(file)?.database_url;
  if (stack) {
    console.error(`Database: that of the stack in ${file}.`);
    return stack;
  }
  throw new UsageError(
    `No database is named, and no stack runs here (there is no ${file}). Start one with \`npm start\`, or say which database: DATABASE_URL, or --database postgresql://user:password@host:5432/name`,
  );
}

/** Where Temporal is, unless its own variables say so: beside the running stack's database. */
export function temporalAddress(options: DatabaseOptions & { temporal?: string }): string | undefined {
  const isNamed = options.temporal ?? process.env.TEMPORAL_ADDRESS;
  if (isNamed || options.database || process.env.DATABASE_URL) return options.temporal;
  return readStack(stackFile())?.temporal_address;
}

/** Where the business days begin, unless an option says so. */
export const businessZone = (): string => process.env.ALLOTMENT_TIME_ZONE || 'Asia/Hong_Kong';

const stackFile = () => join(process.env.ALLOTMENT_DATA || '.allotment', 'dev.json');

function readStack(file: string): { database_url?: string; temporal_address?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { database_url?: string; temporal_address?: string };
  } catch {
    return undefined;
  }
}

/** What was typed, by the contract of the API; a refusal names every field that is not valid. */
export function checked<T extends z.ZodType>(schema: T | undefined, value: object): z.output<T> {
  if (!schema) throw new Error('this operation has no such part');
  const parsed = schema.safeParse(withoutAbsent(value));
  if (parsed.success) return parsed.data;
  throw invalid(firstOfEachField(parsed.error.issues.flatMap(toProblems)));
}

const withoutAbsent = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

/** A number as it was typed; one that is none is left to the contract to refuse. */
export const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** Collects an option that may be repeated, or hold several with commas. */
export const listOf = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text.split(',').map((part) => part.trim()),
];
