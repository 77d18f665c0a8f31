/** The import table of CONTRIBUTING.md, folder by folder: what a folder may import besides packages. */
const table = {
  'src/domain': ['src/domain'],
  'src/contract': ['src/contract', 'src/domain'],
  'src/db': ['src/db', 'src/domain', 'src/tracing/spans.ts'],
  'src/accept': ['src/accept', 'src/db', 'src/domain'],
  'src/tickets': ['src/tickets', 'src/domain'],
  'src/webhooks': ['src/webhooks', 'src/domain'],
  // The pages run in a browser: of the house they know only what tickets look like.
  'src/web': [
    'src/web',
    'src/tickets/base32.ts',
    'src/tickets/ticket-code.ts',
    'src/tickets/token-format.ts',
  ],
  'src/metrics': ['src/metrics', 'src/db', 'package.json'],
  'src/relay': ['src/relay', 'src/db', 'src/tracing/spans.ts', 'workflows/messages.ts'],
  'src/tracing': ['src/tracing', 'package.json'],
  'src/http': [
    'src/http',
    'src/contract',
    'src/domain',
    'src/accept',
    'src/relay',
    'src/db',
    'src/tickets',
    'src/webhooks',
    'src/tracing/spans.ts',
    'package.json',
  ],
  activities: ['activities', 'src/domain', 'src/db'],
  workflows: ['workflows', 'src/domain'],
};
/** Type-only imports that the table allows beyond it: they leave no trace at run time. */
const typesFrom = {
  workflows: ['activities'],
  'src/http': ['src/config.ts', 'src/log.ts', 'src/metrics'],
  'src/relay': ['src/domain'],
  'src/tracing': ['src/log.ts'],
  'src/web': ['src/contract'],
};
/** Packages that a folder must not know. */
const foreign = {
  'src/domain': '^(?!.*temporal-polyfill).*node_modules|^node:',
  'src/contract': '^(?!.*zod).*node_modules|^node:',
  'src/accept': 'node_modules/(koa|@koa|@temporalio|zod)',
  'src/db': 'node_modules/(koa|@koa|@temporalio)',
  'src/tickets': 'node_modules/(koa|@koa|@temporalio|@mikro-orm|pg|kysely)',
  'src/webhooks': 'node_modules/(koa|@koa|@temporalio|@mikro-orm|pg|kysely)',
  'src/metrics': 'node_modules/(koa|@koa|@temporalio)',
  'src/tracing': 'node_modules/(koa|@koa|@mikro-orm|pg|kysely|@temporalio/(client|worker|activity))/',
  'src/http': 'node_modules/@temporalio/(worker|workflow|activity)',
  'src/web': 'node_modules/(koa|@koa|@temporalio|@mikro-orm|pg|kysely|zod)|^node:',
  workflows: '^(?!.*@temporalio/(workflow|common)).*node_modules|^(node:|fs|path|crypto|os|http)',
};

const escape = (path) => path.replace(/[.]/g, '\\.');
const ours = '^(src|workflows|activities|test|bench|package\\.json)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(table).map(([folder, allowed]) => ({
      name: `imports-of-${folder}`,
      severity: 'error',
      from: { path: `^${escape(folder)}/` },
      to: {
        path: ours,
        pathNot: `^(${[...allowed, ...(typesFrom[folder] ?? [])].map(escape).join('|')})`,
      },
    })),
    ...Object.entries(typesFrom).map(([folder, sources]) => ({
      name: `types-only-for-${folder}`,
      severity: 'error',
      from: { path: `^${escape(folder)}/` },
      to: { path: `^(${sources.map(escape).join('|')})`, dependencyTypesNot: ['type-only'] },
    })),
    ...Object.entries(foreign).map(([folder, pattern]) => ({
      name: `packages-of-${folder}`,
      severity: 'error',
      from: { path: `^${escape(folder)}/` },
      to: { path: pattern, dependencyTypesNot: ['type-only'] },
    })),
    {
      name: 'not-to-tests-and-bench',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
