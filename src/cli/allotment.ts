#!/usr/bin/env node
import { CommanderError } from 'commander';
import { isUnavailable } from '../db/failures.ts';
import { Refusal } from '../domain/errors.ts';
import { commandLine } from './command-line.ts';
import { UsageError } from './session.ts';

const REFUSED = 1;
const MISUSED = 2;

try {
  await commandLine().parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** Says on standard error what went wrong, with every field that is not valid. */
function tell(error: unknown): number {
  // Commander has said it already; asking for help or the version ends this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  console.error(inWords(error));
  if (error instanceof UsageError) return MISUSED;
  if (error instanceof Refusal) {
    for (const { path, message } of error.fields) console.error(`  ${path.join('.')}: ${message}`);
  }
  return REFUSED;
}

/** What a failure of the database asks of the operator; everything else speaks for itself. */
function inWords(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(inWords).at(-1) ?? 'It failed.';
  const message = error instanceof Error ? error.message : String(error);
  if (isMissingTable(error)) {
    return `This database is not at this release yet (${message}). Run \`allotment migrate\` first.`;
  }
  if (!(error instanceof Refusal) && isUnavailable(error)) {
    return `The database does not answer (${message}). Is it running? \`npm start\` starts the stack of this folder.`;
  }
  return message;
}

/** PostgreSQL's undefined_table and undefined_column. */
function isMissingTable(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === '42P01' || code === '42703';
}
