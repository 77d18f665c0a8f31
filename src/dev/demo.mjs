// Plain JavaScript that any Node runs: before the first start there is neither Node 24 nor a package.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../../node_modules/.bin/node', import.meta.url))) {
  await import('./demo.ts');
} else {
  console.error('Nothing is installed yet. Start the stack first, with npm start, and leave it running.');
  process.exitCode = 1;
}
