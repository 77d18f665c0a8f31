/** A page around a body; whatever it loads comes from here. */
export const frame = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
${body}
</body>
</html>
`;

export const referencePage = frame(
  'Allotment API',
  `<link rel="stylesheet" href="/docs/swagger-ui.css">
<noscript>This page needs JavaScript. The same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>`,
);

export const style = `body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code { background: #8883; border-radius: 3px; padding: 0 .2em; overflow-wrap: anywhere; }
h1, h2, h3 { overflow-wrap: anywhere; }
pre { background: #8882; overflow-x: auto; padding: .8em; }
pre code { background: none; overflow-wrap: normal; padding: 0; }
td, th { border: 1px solid #8886; padding: .3em .6em; text-align: left; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
:target { background: #fd06; }
#api .wrapper, #api .information-container { padding: 0; }
#api .info { margin: 1.5rem 0; }
#api .scheme-container { padding: 1rem 0; }
html.dark-mode #api .examples-select__section-label, html.dark-mode #api .headers td { color: #e4e6e6; }
@media (max-width: 40rem) {
  body { padding: .5rem; }
  #api .responses-table, #api .responses-table > * > tr, #api .responses-table > * > tr > td,
  #api .parameters, #api .parameters > * > tr, #api .parameters > * > tr > td { display: block; max-width: none; width: auto; }
  #api .responses-table thead, #api .parameters thead { display: none; }
  #api .responses-inner, #api .table-container { padding: .5rem; }
  #api .response-col_status { font-weight: bold; padding: .5rem 0 0; }
  #api .response-control-media-type { flex-shrink: 0; }
  #api .response-controls { flex-wrap: wrap; row-gap: .5rem; }
}
#api .responses-table > * > tr > .response-col_links { display: none; }
`;

/** Dark where the reader's system is. The validator would ask the internet, so there is none. */
export const startScript = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;
