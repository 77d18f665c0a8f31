import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { workflowBundle, workflowSource, workflowsHash, workflowsPath } from '../src/workflow-bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the bundle of the workflows', () => {
  it('is taken when it was built from these sources, and passed over when it was not or runs are traced', () => {
    execFileSync('node', ['src/dev/build-workflows.ts'], { cwd: root });
    expect(existsSync(workflowBundle.code)).toBe(true);
    expect(workflowSource(false)).toEqual({ workflowBundle: { codePath: workflowBundle.code } });
    expect(readFileSync(workflowBundle.code, 'utf8')).toContain('reservationWorkflow');
    expect(workflowSource(true)).toEqual({ workflowsPath });

    writeFileSync(workflowBundle.mark, 'of other sources');
    expect(workflowSource(false)).toEqual({ workflowsPath });
    writeFileSync(workflowBundle.mark, workflowsHash());
  });
});
