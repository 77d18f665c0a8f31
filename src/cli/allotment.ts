#!/usr/bin/env node
import { CommanderError } from 'commander';
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
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) return MISUSED;
  if (error instanceof Refusal) {
    for (const { path, message } of error.fields) console.error(`  ${path.join('.')}: ${message}`);
  }
  return REFUSED;
}
