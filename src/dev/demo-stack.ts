import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackDescription } from './data-folder.ts';
import { DemoFailure } from './demo-api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ANSWER_PATIENCE_MS = 3_000;
const START_IT = 'Start it with `npm start` in another terminal, and wait for its "Ready" line.';

/** What the running stack tells of itself in dev.json, once its API has answered. */
export async function findRunningStack(env: NodeJS.ProcessEnv): Promise<StackDescription> {
  const folder = resolve(env.ALLOTMENT_DATA || join(root, '.allotment'));
  const stack = readDescription(join(folder, 'dev.json'));
  if (!stack) throw new DemoFailure(`No stack runs on ${folder}.`, START_IT);
  if (!(await isAllotment(stack.api_url))) {
    throw new DemoFailure(`Allotment does not answer at ${stack.api_url}.`, START_IT);
  }
  return stack;
}

function readDescription(file: string): StackDescription | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackDescription;
  } catch {
    throw new DemoFailure(`${file} cannot be read.`, 'Start the stack anew: it writes the file again.');
  }
}

/** After a `kill -9` the file is still there, and another program may have the port. */
async function isAllotment(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
    const { name } = (await response.json()) as { name?: unknown };
    return name === 'allotment';
  } catch {
    return false;
  }
}
