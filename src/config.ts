import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CALLER_PATIENCE_MS } from './db/patience.ts';
import { withoutBlanks } from './environment.ts';
import { temporalProblems, temporalSettings } from './temporal-settings.ts';
import { readSigningKeySet, type SigningKeys } from './tickets/signing-keys.ts';

const url = z.url({ error: 'must be a URL' });
const port = z.coerce.number({ error: 'must be a port' }).int().min(0).max(65_535);
/** As Temporal takes them: it joins the two by a colon, once by a dot, and keeps names with __ to itself. */
const deploymentName = z.string().regex(/^(?!__)[^\s.:]{1,400}$/, {
  error: 'must have neither spaces nor dots nor colons, nor begin with __',
});
const buildId = z.string().regex(/^(?!__)\S{1,400}$/, { error: 'must have no spaces, nor begin with __' });

const environment = z.object({
  ALLOTMENT_ENV: z.enum(['production', 'development']).default('production'),
  DATABASE_URL: z.string({ error: 'is missing: postgresql://user:password@host:port/database' }).min(1),
  HOST: z.string().default('0.0.0.0'),
  PORT: port.default(8080),
  WORKER_PORT: port.default(9090),
  ALLOTMENT_METRICS_PORT: port.optional(),
  ALLOTMENT_TEMPORAL_METRICS_PORT: port.optional(),
  PUBLIC_URL: url.optional(),
  TEMPORAL_UI_URL: url.optional(),
  TEMPORAL_DEPLOYMENT_NAME: deploymentName.optional(),
  TEMPORAL_WORKER_BUILD_ID: buildId.optional(),
  ALLOTMENT_SIGNING_KEYS: z.string({
    error: 'is missing: the path of the file with the private key set that signs tickets',
  }),
  ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: z
    .string({
      error: "is missing: the payment provider's webhook secret, whsec_…; two, with a comma, to rotate",
    })
    .transform((list) => list.split(',').map((secret) => secret.trim()))
    .refine((list) => list.every((secret) => /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)), {
      error: 'must be whsec_ and at least 24 bytes in base64, two with a comma between them to rotate',
    }),
  ALLOTMENT_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).max(10_000_000).default(100),
  ALLOTMENT_TIME_ZONE: z
    .string()
    .default('Asia/Hong_Kong')
    .refine(isTimeZone, { error: 'must be an IANA time zone, like Asia/Hong_Kong' }),
  ALLOTMENT_TASK_QUEUE: z.string().min(1).default('allotment'),
  ALLOTMENT_DATABASE_PATIENCE_MS: z.coerce.number().int().min(100).max(600_000).default(CALLER_PATIENCE_MS),
  ALLOTMENT_DRAIN_SECONDS: z.coerce.number().int().min(0).max(300).default(0),
  ALLOTMENT_DATABASE_POOL: z.coerce.number().int().min(2).max(500).default(16),
  ALLOTMENT_TRUST_PROXY: z.stringbool().default(false),
  ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: z.stringbool().default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional(),
  OTEL_SDK_DISABLED: z.stringbool().default(false),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** What is read from the environment; README.md says what each is for. */
export const variables: string[] = Object.keys(environment.shape);

export type Config = {
  development: boolean;
  databaseUrl: string;
  /** How long a caller waits for PostgreSQL before it is told 503. */
  databasePatienceMs: number;
  databasePool: number;
  host: string;
  port: number;
  workerPort: number;
  /** Where the API tells its metrics, and nowhere else; beside its calls where it is null. */
  metricsPort: number | null;
  /** Where the SDK of a worker tells its own metrics; nowhere where it is null. */
  temporalMetricsPort: number | null;
  /** Where callers reach the API; from the host and the port where it is not set. */
  publicUrl: string;
  temporalUiUrl: string | null;
  temporalNamespace: string;
  taskQueue: string;
  /** Which version of its deployment a worker is; null where workers are not versioned. */
  workerVersion: { deploymentName: string; buildId: string } | null;
  /** How long an API that is stopped goes on accepting calls, while it says that it is not ready. */
  drainSeconds: number;
  signingKeys: SigningKeys;
  paymentWebhookSecrets: string[];
  partnerLimitPerMinute: number;
  timeZone: string;
  /** Whether X-Forwarded-For is to be believed: only behind a proxy that adds it, of which the last address counts. */
  trustProxy: boolean;
  /** Whether webhooks may go to private addresses and without TLS: only where every partner is trusted. */
  allowPrivateWebhooks: boolean;
  /** Whether calls and runs are traced. Where to and how much, OpenTelemetry's SDK reads itself. */
  exportsTraces: boolean;
  logLevel: string;
};

/** Reads the environment, or fails with every problem in it at once. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(withoutBlanks(env));
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  problems.push(...problemsOfVersion(env), ...temporalProblems(env, new Date()));
  const signingKeys = env.ALLOTMENT_SIGNING_KEYS ? readKeys(env.ALLOTMENT_SIGNING_KEYS, problems) : undefined;
  if (!parsed.success || !signingKeys || problems.length > 0) {
    throw new Error(`The environment is not complete:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  }
  const values = parsed.data;
  const { TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: build } = values;
  return {
    development: values.ALLOTMENT_ENV === 'development',
    databaseUrl: values.DATABASE_URL,
    databasePatienceMs: values.ALLOTMENT_DATABASE_PATIENCE_MS,
    databasePool: values.ALLOTMENT_DATABASE_POOL,
    host: values.HOST,
    port: values.PORT,
    workerPort: values.WORKER_PORT,
    metricsPort: values.ALLOTMENT_METRICS_PORT ?? null,
    temporalMetricsPort: values.ALLOTMENT_TEMPORAL_METRICS_PORT ?? null,
    publicUrl: (values.PUBLIC_URL ?? `http://localhost:${values.PORT}`).replace(/\/+$/, ''),
    temporalUiUrl: values.TEMPORAL_UI_URL?.replace(/\/+$/, '') ?? null,
    temporalNamespace: temporalSettings(env).namespace ?? 'default',
    taskQueue: values.ALLOTMENT_TASK_QUEUE,
    workerVersion: name && build ? { deploymentName: name, buildId: build } : null,
    drainSeconds: values.ALLOTMENT_DRAIN_SECONDS,
    signingKeys,
    paymentWebhookSecrets: values.ALLOTMENT_PAYMENT_WEBHOOK_SECRETS,
    partnerLimitPerMinute: values.ALLOTMENT_RATE_LIMIT_PER_MINUTE,
    timeZone: values.ALLOTMENT_TIME_ZONE,
    trustProxy: values.ALLOTMENT_TRUST_PROXY,
    allowPrivateWebhooks: values.ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE,
    exportsTraces:
      !values.OTEL_SDK_DISABLED &&
      (values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    logLevel: values.LOG_LEVEL,
  };
}

function problemsOfVersion(env: NodeJS.ProcessEnv): string[] {
  const { TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: build } = env;
  if (name && !build) return ['TEMPORAL_WORKER_BUILD_ID is missing, beside TEMPORAL_DEPLOYMENT_NAME'];
  if (build && !name) return ['TEMPORAL_DEPLOYMENT_NAME is missing, beside TEMPORAL_WORKER_BUILD_ID'];
  return [];
}

function readKeys(path: string, problems: string[]): SigningKeys | undefined {
  try {
    return readSigningKeySet(readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push(`ALLOTMENT_SIGNING_KEYS ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
