import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { iconPng, iconSvg } from './gate-icon.ts';
import { filesBelow, hashOf } from './source-hash.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where src/http/web-pages.ts looks for them. */
const built = join(root, 'dist/web');
/** The hash of what the pages were built from; written last, so half a build counts as none. */
const mark = join(built, 'pages.sha256');

/** Everything that goes into the pages, or decides how they are built. */
const sources = [
  'src/web',
  'src/tickets',
  'src/dev/build-pages.ts',
  'src/dev/gate-icon.ts',
  'package-lock.json',
];

/** Builds the pages where they are missing or older than their source. Tells whether they had to be. */
export async function buildPages(): Promise<boolean> {
  const hash = hashOf(sources);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === hash) return false;
  rmSync(mark, { force: true });
  await buildPage('dashboard');
  await buildPage('gate');
  await finishGate(hash.slice(0, 16));
  writeFileSync(mark, hash);
  return true;
}

const usual = (page: string) => ({
  configFile: false as const,
  root: join(root, 'src/web', page),
  logLevel: 'warn' as const,
  oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } },
});

async function buildPage(page: string): Promise<void> {
  // Only a build needs it, and it takes a while to load.
  const { build } = await import('vite');
  await build({
    ...usual(page),
    base: `/${page}/`,
    build: {
      outDir: join(built, page),
      emptyOutDir: true,
      // Everything is a file, for the policy that the API sends with a page allows no data: scripts or styles.
      assetsInlineLimit: 0,
      // What the bundle contains asks to be named with it.
      license: { fileName: 'licenses.md' },
    },
  });
}

/** What only the gate has: the icons of an app, and the worker that opens it without a connection. */
async function finishGate(version: string): Promise<void> {
  const { build } = await import('vite');
  const gate = join(built, 'gate');
  writeFileSync(join(gate, 'icon.svg'), iconSvg());
  for (const side of [180, 192, 512]) writeFileSync(join(gate, `icon-${side}.png`), iconPng(side));

  const files = filesBelow(gate).map((file) => `/gate/${relative(gate, file)}`);
  const precached = files.filter((path) => !path.endsWith('/index.html') && !path.endsWith('.md'));
  await build({
    ...usual('gate'),
    publicDir: false,
    define: { VERSION: JSON.stringify(version), FILES: JSON.stringify(['/gate', ...precached]) },
    build: {
      outDir: gate,
      emptyOutDir: false,
      rolldownOptions: {
        input: join(root, 'src/web/gate/service-worker.ts'),
        output: { entryFileNames: 'service-worker.js' },
      },
    },
  });
}

if (import.meta.main) console.log((await buildPages()) ? 'Built dist/web.' : 'dist/web is up to date.');
