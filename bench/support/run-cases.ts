import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../cases/case.ts';
import { root } from './backing.ts';
import { type Bench, openBench } from './bench.ts';
import { chartOf } from './chart.ts';
import { endHolds } from './fill-holds.ts';
import { type MeasuredRow, tableOf } from './table.ts';

const PROBLEMS_SHOWN = 6;

/** The run was ended from outside. */
export class Interrupted extends Error {}

/** Runs cases on a fresh stack, prints and keeps what they came to. Returns whether nothing went wrong. */
export async function runCases(cases: Case[], isQuick: boolean): Promise<boolean> {
  const startedAt = performance.now();
  let isStopping = false;
  const tell = (progress: string) => {
    // What ends with the stack has not been measured.
    if (isStopping) return;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(5);
    process.stderr.write(`${seconds} s  ${progress}\n`);
  };
  const loadBefore = loadavg();
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.reject(new Interrupted(`Stopped by ${signal}.`)));
  interrupted.promise.catch(() => {});

  tell('a fresh stack');
  const bench = await openBench(isQuick, tell);
  try {
    const rows = await Promise.race([measureAll(bench, cases), interrupted.promise]);
    await Promise.race([settleAccounts(bench), interrupted.promise]);
    process.stdout.write(`\n${tableOf(rows)}\n\n`);
    for (const { what, note } of rows) if (note) process.stdout.write(`${what}: ${note}\n`);
    keepResults(rows, { isQuick, loadBefore, seconds: (performance.now() - startedAt) / 1000 });
    tellProblems(bench.problems);
    return bench.problems.length === 0;
  } finally {
    tell('stopping');
    isStopping = true;
    await bench.close();
  }
}

async function measureAll(bench: Bench, cases: Case[]): Promise<MeasuredRow[]> {
  const rows: MeasuredRow[] = [];
  for (const one of cases) {
    const { name, title, runs } = one;
    await bench.setRuns(runs);
    if (runs === 'on') {
      const seconds = await bench.untilCaughtUp();
      bench.tell(`runs caught up in ${seconds.toFixed(1)} s`);
    }
    bench.tell(`── ${name}: ${title}`);
    for (const row of await one.run(bench)) rows.push({ case: name, ...row });
    if (runs === 'paused') await endHolds(bench.stack);
  }
  return rows;
}

/** Nothing may be left undone, lost or told in two ways. */
async function settleAccounts(bench: Bench): Promise<void> {
  await bench.setRuns('on');
  bench.tell(`all runs caught up in ${(await bench.untilCaughtUp()).toFixed(1)} s`);
  const found = await bench.stack.disagreements();
  for (const { check, subject, detail } of found) bench.problems.push(`${check}: ${subject}: ${detail}`);
  bench.problems.push(...bench.stack.members.fallen);
  bench.tell(found.length === 0 ? 'verify: all accounts agree' : `verify: ${found.length} accounts disagree`);
}

function keepResults(
  rows: MeasuredRow[],
  run: { isQuick: boolean; loadBefore: number[]; seconds: number },
): void {
  const machine = { processors: availableParallelism(), model: cpus()[0]?.model ?? 'unknown' };
  const results = { form: run.isQuick ? 'quick' : 'long', ...run, machine, node: process.version, rows };
  writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(root, 'bench/results.svg'), chartOf(rows));
}

/** The first ones tell it; the rest are mostly the same. */
function tellProblems(problems: string[]): void {
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) process.stderr.write(`ERROR ${problem}\n`);
  if (problems.length > 0) process.stderr.write(`${problems.length} errors\n`);
}
