import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { cases } from './cases/all.ts';
import type { Case } from './cases/case.ts';
import { Interrupted, runCases } from './support/run-cases.ts';

const FAILED = 1;
const MISUSED = 2;

const program = new Command('npm run bench --')
  .description(
    'Measures a fresh stack on this machine, each case beside its limit in the same run, and prints the ratios. ' +
      'Writes bench/results.json and bench/results.svg, over those of the run before. One run at a time: a second one ' +
      'would be measured, too. A missed target is printed and ends with 0; an unexpected ' +
      'answer, an account that disagrees or lost work ends with 1.',
  )
  .option('--quick', 'fewer and shorter slices: some three minutes instead of forty', false)
  .option('--only <case>', `only this case, or several with commas: ${names(cases)}`, chosen)
  .allowExcessArguments(false)
  .exitOverride();

try {
  program.parse();
  const { quick, only = cases } = program.opts<{ quick: boolean; only?: Case[] }>();
  process.exitCode = (await runCases(only, quick)) ? 0 : FAILED;
} catch (error) {
  const isUsage = error instanceof CommanderError;
  if (!isUsage) console.error(error instanceof Interrupted ? error.message : error);
  process.exitCode = isUsage ? (error.exitCode === 0 ? 0 : MISUSED) : FAILED;
}

function chosen(list: string): Case[] {
  const asked = list.split(',');
  const unknown = asked.filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`There is no case ${unknown.join(', ')}. There are: ${names(cases)}.`);
  return cases.filter(({ name }) => asked.includes(name));
}

function names(list: Case[]): string {
  return list.map(({ name }) => name).join(', ');
}
