import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(folder, '../..');
const VERSION = '4.32.5';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How often an answer to valid data was what, by phase: `conflicts` are 409, `unreachable` 404. */
type Rates = Record<string, Record<'accepted' | 'unreachable' | 'conflicts' | 'rejected', number>>;
export type Report = {
  running_time: number;
  operations: { tested: number; errored: number };
  test_cases: { generated: number; with_failures: number; errored: number };
  failures: { title: string; count: number; operations: string[] }[];
  errors: { title: string; count: number }[];
  valid_rates: Record<string, Rates>;
};

/** A program in an environment of its own in the cache folder, made at the first use. */
export async function findSchemathesis(env: NodeJS.ProcessEnv): Promise<string> {
  const cache = resolve(root, env.ALLOTMENT_CACHE || '.cache');
  const place = join(cache, `schemathesis-${VERSION}`);
  const program = join(place, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  // An environment knows its own path and cannot be moved; a broken one is known by its missing program.
  rmSync(place, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', place]);
  await run(join(place, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
  return program;
}

export type Fuzzing = {
  url: string;
  key: string | null;
  facts: object;
  seed: number;
  /** Of each operation in the fuzzing phase. */
  examples: number;
  /** Which of the phases `examples`, `coverage`, `fuzzing` and `stateful`. */
  phases: string;
};

/** Fuzzes all operations as one caller. `output` is what schemathesis says, with a curl for each failure. */
export async function fuzz(
  program: string,
  { url, key, facts, seed, examples, phases }: Fuzzing,
): Promise<{ report: Report; output: string; failed: boolean }> {
  const work = mkdtempSync('/tmp/allotment-fuzz-');
  const factsFile = join(work, 'facts.json');
  const reportFile = join(work, 'report.json');
  writeFileSync(factsFile, JSON.stringify(facts), { mode: 0o600 });
  const args = [
    ...['--config-file', join(folder, 'schemathesis.toml'), 'run', `${url}/openapi.json`, '--url', url],
    ...['--phases', phases, '--max-examples', String(examples), '--seed', String(seed)],
    ...['--continue-on-failure', '--no-color', '--report', 'json', '--report-json-path', reportFile],
    ...(key === null ? [] : ['--header', `X-API-Key: ${key}`]),
  ];
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: join(folder, 'hooks.py'),
    ALLOTMENT_FUZZ_FACTS: factsFile,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  try {
    const { stdout, failed } = await run(program, args, { cwd: work, env, maxBuffer: MAX_OUTPUT_BYTES }).then(
      (done) => ({ ...done, failed: false }),
      (error: { stdout?: string; stderr?: string }) => ({
        stdout: `${error.stdout ?? ''}${error.stderr ?? ''}`,
        failed: true,
      }),
    );
    if (!existsSync(reportFile)) throw new Error(`schemathesis made no report:\n${stdout}`);
    return { report: JSON.parse(readFileSync(reportFile, 'utf8')) as Report, output: stdout, failed };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
