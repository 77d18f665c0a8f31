import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { iconPng, iconSvg } from './gate-icon.ts';
import { filesBelow, hashOf } from './source-hash.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, 'src/web/gate');
/** Where src/http/web-pages.ts looks for it. */
const built = join(root, 'dist/web/gate');
/** The hash of what the page was built from; written last, so half a build counts as none. */
const mark = join(root, 'dist/web/gate.sha256');

/** Everything that goes into the page, or decides how it is built. */
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
  await buildGate(hash.slice(0, 16));
  writeFileSync(mark, hash);
  return true;
}

async function buildGate(version: string): Promise<void> {
  // Only a build needs it, and it takes a while to load.
  const { build } = await import('vite');
  const usual = {
    configFile: false as const,
    root: source,
    logLevel: 'warn' as const,
    oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } },
  };
  await build({
    ...usual,
    base: '/gate/',
    build: {
      outDir: built,
      emptyOutDir: true,
      // Everything is a file, for the policy that the API sends with the page allows no data: scripts or styles.
      assetsInlineLimit: 0,
      // What the bundle contains asks to be named with it.
      license: { fileName: 'licenses.md' },
    },
  });
  writeFileSync(join(built, 'icon.svg'), iconSvg());
  for (const side of [180, 192, 512]) writeFileSync(join(built, `icon-${side}.png`), iconPng(side));

  const files = filesBelow(built).map((file) => `/gate/${relative(built, file)}`);
  const precached = files.filter((path) => !path.endsWith('/index.html') && !path.endsWith('.md'));
  await build({
    ...usual,
    publicDir: false,
    define: { VERSION: JSON.stringify(version), FILES: JSON.stringify(['/gate', ...precached]) },
    build: {
      outDir: built,
      emptyOutDir: false,
      rolldownOptions: {
        input: join(source, 'service-worker.ts'),
        output: { entryFileNames: 'service-worker.js' },
      },
    },
  });
}

if (import.meta.main) console.log((await buildPages()) ? 'Built dist/web.' : 'dist/web is up to date.');
