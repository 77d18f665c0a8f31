import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Router } from '@koa/router';
import { Refusal } from '../domain/errors.ts';
import type { Services } from './services.ts';

/** Made by `npm run build`, see src/dev/build-pages.ts. */
const built = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** Assets have a hash of their content in their names. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Asked for each time, so that a phone has the new release when it starts. */
const ASK_AGAIN = 'no-cache';

/** The pages that people use, from the files of their build, read once. */
export function webPageRoutes(router: Router, { log }: Services): void {
  for (const page of ['dashboard', 'gate']) {
    servePage(router, page, (reason) => log.warn({ page }, reason));
  }
}

function servePage(router: Router, name: string, warn: (reason: string) => void): void {
  const folder = join(built, name);
  if (!existsSync(join(folder, 'index.html'))) {
    warn('the page is not built: npm run build');
    router.get(`/${name}`, () => {
      throw new Refusal(
        'NOT_FOUND',
        'This page is not built here. Run npm run build, and start the API again.',
      );
    });
    return;
  }
  router.get(`/${name}/`, (ctx) => ctx.redirect(`/${name}`));
  for (const file of filesOf(folder)) {
    const body = readFileSync(join(folder, file));
    const packed = isText(file) ? gzipSync(body) : undefined;
    const isPage = file === 'index.html';
    router.get(isPage ? `/${name}` : `/${name}/${file}`, (ctx) => {
      ctx.type = extname(file);
      if (!isPage) ctx.set('Cache-Control', file.startsWith('assets/') ? FOR_EVER : ASK_AGAIN);
      // Its scope is the page, which does not lie below the script's folder.
      if (file === 'service-worker.js') ctx.set('Service-Worker-Allowed', `/${name}`);
      if (packed) ctx.vary('Accept-Encoding');
      const takesPacked = packed !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
      if (takesPacked) ctx.set('Content-Encoding', 'gzip');
      ctx.body = takesPacked ? packed : body;
    });
  }
}

/** Packed once, at start: a page is then a third of its size, and opens sooner on a weak network. */
const isText = (file: string): boolean => ['.html', '.css', '.js', '.svg'].includes(extname(file));

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
