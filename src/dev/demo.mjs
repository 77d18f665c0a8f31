// Plain JavaScript that any Node runs: before the first start there is neither Node 24 nor a package.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../../node_modules/.bin/node', import.meta.url))) {
  await (process.argv[2] === 'day' ? import('./demo-day.ts') : import('./demo.ts'));
} else {
  console.error('Nothing is installed yet. Run npm start first: it installs what is needed.');
  process.exitCode = 1;
}
