import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { hashOf } from './dev/source-hash.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

export const workflowsPath = pathOf('workflows/index.ts');

/** What `npm run build` leaves: the code, and the hash of what it was made from, which is written last. */
export const workflowBundle = {
  code: pathOf('dist/workflows/bundle.js'),
  mark: pathOf('dist/workflows/bundle.sha256'),
};

/** Everything that goes into the bundle, or decides how it is made. */
export const workflowsHash = () => hashOf(['workflows', 'src/domain', 'package.json']);

export function isUpToDate(): boolean {
  const { mark } = workflowBundle;
  return existsSync(mark) && readFileSync(mark, 'utf8') === workflowsHash();
}

/**
 * The bundle that was built, or else the source, which a worker then bundles itself: that takes seconds. What traces
 * runs is no part of the bundle.
 */
export function workflowSource(isTraced: boolean): Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'> {
  return !isTraced && isUpToDate()
    ? { workflowBundle: { codePath: workflowBundle.code } }
    : { workflowsPath };
}
