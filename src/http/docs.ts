import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Router } from '@koa/router';
import { Marked } from 'marked';
// The package itself would load the whole of Swagger UI into this process.
import swaggerUiPath from 'swagger-ui-dist/absolute-path.js';
import { codes, ids } from '../contract/examples/story.ts';
import { Refusal } from '../domain/errors.ts';
import { qrPng, qrSvg } from '../tickets/picture.ts';
import { frame, referencePage, startScript, style } from './docs-page.ts';
import { openApiDocument } from './openapi.ts';
import { examplePrinting, printedExamples } from './printed-examples.ts';
import type { Services } from './services.ts';

const asBytes = { objectMode: false };

const assets = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

/** Documents that are pages too, by their names in docs/. */
const guides = { errors: 'Errors of the Allotment API', partners: 'Allotment for partners' };

/** The contract as a document and as a page; both work without the internet. */
export function docsRoutes(router: Router, { config, printer }: Services): void {
  const document = JSON.stringify(openApiDocument(config.publicUrl));
  const folder = swaggerUiPath();
  const fixed: Record<string, { type: string; body: string | Buffer }> = {
    '/openapi.json': { type: 'application/json', body: document },
    '/docs': { type: 'text/html', body: referencePage },
    '/docs/docs.css': { type: 'text/css', body: style },
    '/docs/start.js': { type: 'text/javascript', body: startScript },
    // The pictures that the examples of a ticket's QR point to.
    '/docs/ticket.svg': { type: 'image/svg+xml', body: qrSvg(codes.adult.qr) },
    '/docs/ticket.png': { type: 'image/png', body: qrPng(codes.adult.qr) },
  };
  for (const [path, { type, body }] of Object.entries(fixed)) {
    router.get(path, (ctx) => {
      ctx.type = type;
      ctx.body = body;
    });
  }
  // Printed when somebody looks, not at each start.
  router.get('/docs/ticket.pdf', (ctx) => {
    ctx.type = 'application/pdf';
    ctx.body = Readable.from(
      printer.orderPdf(printedExamples.slice(0, 1), ids.order, examplePrinting),
      asBytes,
    );
  });
  router.get('/docs/tickets.zip', (ctx) => {
    ctx.type = 'application/zip';
    ctx.body = Readable.from(printer.orderZip(printedExamples, 'pdf', examplePrinting), asBytes);
  });
  for (const [name, title] of Object.entries(guides)) {
    const file = new URL(`../../docs/${name}.md`, import.meta.url);
    router.get(`/docs/${name}`, async (ctx) => {
      ctx.type = 'text/html';
      ctx.body = frame(title, await renderMarkdown(await readFile(file, 'utf8')));
    });
  }
  router.get('/docs/:file', async (ctx) => {
    const file = ctx.params.file ?? '';
    if (!assets.has(file)) throw new Refusal('NOT_FOUND', `There is nothing at ${ctx.path}.`);
    ctx.type = extname(file);
    ctx.set('Cache-Control', 'public, max-age=86400');
    ctx.body = await readFile(join(folder, file));
  });
}

/**
 * Markdown as HTML, each heading with its text in lower case as anchor: problem types point at them. Links
 * from one guide to another lead to its page.
 */
async function renderMarkdown(markdown: string): Promise<string> {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const anchor = text.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
        return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
    walkTokens(token) {
      if (token.type === 'link') token.href = String(token.href).replace(/^(\w+)\.md\b/, '/docs/$1');
    },
  });
  const guide = await marked.parse(markdown);
  return `<nav><a href="/docs">API reference</a></nav>\n<main>\n${guide}</main>`;
}
