import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const PROGRAM = `
  const { createLog } = await import('./src/log.ts');
  const log = createLog('test', 'info');
  log.info('one');
  setTimeout(() => log.info('two'), 100);
  setTimeout(() => process.exit(7), 200);
`;

describe('createLog', () => {
  it('neither ends the process nor keeps it from its end where its output cannot be written', async () => {
    // Open for reading only: each write fails, as on a full disk.
    const output = openSync('/dev/null', 'r');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
      stdio: ['ignore', output, 'ignore'],
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    closeSync(output);
    const end = await new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    expect(end).toBe(7);
  });
});
