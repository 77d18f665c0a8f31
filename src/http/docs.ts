import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Router } from '@koa/router';
import { Marked } from 'marked';
import swaggerUi from 'swagger-ui-dist';
import { Refusal } from '../domain/errors.ts';
import { openApiDocument } from './openapi.ts';
import type { Services } from './services.ts';

const assets = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

/** A page around a body; whatever it loads comes from here. */
const frame = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
${body}
</body>
</html>
`;
const page = frame(
  'Allotment API',
  `<link rel="stylesheet" href="/docs/swagger-ui.css">
<noscript>This page needs JavaScript. The same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>`,
);
const style = `body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code { background: #8883; border-radius: 3px; padding: 0 .2em; }
td, th { border: 1px solid #8886; padding: .3em .6em; text-align: left; }
table { border-collapse: collapse; }
:target { background: #fd06; }
`;

/** Markdown as HTML, each heading with its text in lower case as anchor: problem types point at them. */
async function renderMarkdown(markdown: string): Promise<string> {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const anchor = text.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
        return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  return marked.parse(markdown);
}

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
    ctx.type = 'text/html';
    ctx.body = frame('Errors of the Allotment API', await renderMarkdown(await readFile(errors, 'utf8')));
  });
  router.get('/docs/docs.css', (ctx) => {
    ctx.type = 'text/css';
    ctx.body = style;
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
