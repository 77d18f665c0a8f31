import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/allotment.ts', import.meta.url));

export type Ran = { code: number | null; out: string; err: string };

/** Runs the real command line, as an operator would. */
export function allotment(
  args: string[],
  env: Record<string, string> = {},
  input = '',
  cwd?: string,
): Promise<Ran> {
  const { DATABASE_URL: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...inherited, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (part) => (out += String(part)));
  child.stderr.on('data', (part) => (err += String(part)));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
