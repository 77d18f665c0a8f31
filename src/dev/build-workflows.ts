import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { isUpToDate, workflowBundle, workflowsHash, workflowsPath } from '../workflow-bundle.ts';

/** Bundles the workflows where the bundle is missing or older than its source. Tells whether it had to be. */
async function buildWorkflows(): Promise<boolean> {
  if (isUpToDate()) return false;
  rmSync(workflowBundle.mark, { force: true });
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  mkdirSync(dirname(workflowBundle.code), { recursive: true });
  writeFileSync(workflowBundle.code, code);
  writeFileSync(workflowBundle.mark, workflowsHash());
  return true;
}

const built = await buildWorkflows();
console.log(built ? 'Built dist/workflows.' : 'dist/workflows is up to date.');
