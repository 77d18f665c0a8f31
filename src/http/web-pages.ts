import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  servePage(router, 'gate', (reason) => log.warn({ page: 'gate' }, reason));
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
    const isPage = file === 'index.html';
    router.get(isPage ? `/${name}` : `/${name}/${file}`, (ctx) => {
      ctx.type = extname(file);
      if (!isPage) ctx.set('Cache-Control', file.startsWith('assets/') ? FOR_EVER : ASK_AGAIN);
      // Its scope is the page, which does not lie below the script's folder.
      if (file === 'service-worker.js') ctx.set('Service-Worker-Allowed', `/${name}`);
      ctx.body = body;
    });
  }
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
