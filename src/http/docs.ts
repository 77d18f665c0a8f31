import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Router } from '@koa/router';
import swaggerUi from 'swagger-ui-dist';
import { Refusal } from '../domain/errors.ts';
import { openApiDocument } from './openapi.ts';
import type { Services } from './services.ts';

const assets = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Allotment API</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
  <noscript>This page needs JavaScript. The same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
  <div id="api"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, tryItOutEnabled: true, validatorUrl: null });\n`;

/** The contract as a document and as a page; both work without the internet. */
export function docsRoutes(router: Router, { config }: Services): void {
  const document = JSON.stringify(openApiDocument(config.publicUrl));
  const folder = swaggerUi.getAbsoluteFSPath();
  const errors = new URL('../../docs/errors.md', import.meta.url);

  router.get('/openapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = document;
  });
  router.get('/docs', (ctx) => {
    ctx.type = 'text/html';
    ctx.body = page;
  });
  router.get('/docs/errors', async (ctx) => {
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = await readFile(errors, 'utf8');
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'text/javascript';
    ctx.body = start;
  });
  router.get('/docs/:file', async (ctx) => {
    const file = ctx.params.file ?? '';
    if (!assets.has(file)) throw new Refusal('NOT_FOUND', `There is nothing at ${ctx.path}.`);
    ctx.type = extname(file);
    ctx.set('Cache-Control', 'public, max-age=86400');
    ctx.body = await readFile(join(folder, file));
  });
}
