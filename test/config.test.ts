import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, variables } from '../src/config.ts';
import { generateSigningKeySet } from '../src/tickets/signing-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'allotment-config-'));
const keysFile = join(folder, 'keys.json');
writeFileSync(keysFile, generateSigningKeySet());
const brokenFile = join(folder, 'broken.json');
writeFileSync(brokenFile, '{"keys":[{"d":"very-secret-part"}]}');
const secret = () => `whsec_${randomBytes(24).toString('base64')}`;

const complete = {
  DATABASE_URL: 'postgresql://user:db-password@localhost:5432/allotment',
  ALLOTMENT_SIGNING_KEYS: keysFile,
  ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: secret(),
};
const problemsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the environment was accepted');
};
const namesIn = (message: string) =>
  message
    .split('\n')
    .slice(1)
    .map((line) => /^ {2}- ([A-Z_]+) ./.exec(line)?.[1] ?? line)
    .toSorted();

describe('readConfig', () => {
  it('needs a database, signing keys and a webhook secret, and has a default for the rest', () => {
    expect(readConfig(complete)).toMatchObject({
      development: false,
      databaseUrl: complete.DATABASE_URL,
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'http://localhost:8080',
      taskQueue: 'allotment',
      temporalNamespace: 'default',
      workerVersion: null,
      drainSeconds: 0,
      partnerLimitPerMinute: 100,
      timeZone: 'Asia/Hong_Kong',
      trustProxy: false,
      allowPrivateWebhooks: false,
      logLevel: 'info',
      paymentWebhookSecrets: [complete.ALLOTMENT_PAYMENT_WEBHOOK_SECRETS],
    });
  });

  it('names everything that is missing at once', () => {
    expect(namesIn(problemsOf({}))).toEqual([
      'ALLOTMENT_PAYMENT_WEBHOOK_SECRETS',
      'ALLOTMENT_SIGNING_KEYS',
      'DATABASE_URL',
    ]);
  });

  it('names everything that is wrong at once, a broken key file included', () => {
    const wrong = {
      ALLOTMENT_ENV: 'test',
      ALLOTMENT_SIGNING_KEYS: brokenFile,
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: 'whsec_short',
      PORT: '70000',
      WORKER_PORT: 'ninety',
      ALLOTMENT_METRICS_PORT: '-1',
      ALLOTMENT_TEMPORAL_METRICS_PORT: 'none',
      PUBLIC_URL: 'not a url',
      ALLOTMENT_RATE_LIMIT_PER_MINUTE: '0',
      ALLOTMENT_TIME_ZONE: 'Mars/Olympus',
      ALLOTMENT_DATABASE_POOL: '1',
      ALLOTMENT_DRAIN_SECONDS: '-1',
      TEMPORAL_ADDRESS: 'https://temporal.example.com',
      TEMPORAL_DEPLOYMENT_NAME: 'allot.ment',
      TEMPORAL_WORKER_BUILD_ID: '__1',
      ALLOTMENT_TRUST_PROXY: 'perhaps',
      ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'maybe',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'traces',
      OTEL_SDK_DISABLED: 'sometimes',
      LOG_LEVEL: 'loud',
    };
    expect(namesIn(problemsOf(wrong))).toEqual([...Object.keys(wrong), 'DATABASE_URL'].toSorted());
  });

  it('tells a key file that does not exist', () => {
    const message = problemsOf({ ...complete, ALLOTMENT_SIGNING_KEYS: join(folder, 'absent.json') });
    expect(namesIn(message)).toEqual(['ALLOTMENT_SIGNING_KEYS']);
    expect(message).toContain('absent.json');
  });

  it('repeats no secret in what it tells', () => {
    const message = problemsOf({
      ...complete,
      ALLOTMENT_SIGNING_KEYS: brokenFile,
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: 'whsec_half-a-secret',
      PORT: 'x',
    });
    expect(message).not.toMatch(/very-secret-part|half-a-secret|db-password/);
  });

  it('treats a variable that is set to nothing as not set', () => {
    const blank = { ...complete, PORT: '', PUBLIC_URL: '', LOG_LEVEL: '', ALLOTMENT_TIME_ZONE: '' };
    expect(readConfig(blank)).toEqual(readConfig(complete));
    expect(namesIn(problemsOf({ ...complete, ALLOTMENT_SIGNING_KEYS: '' }))).toEqual([
      'ALLOTMENT_SIGNING_KEYS',
    ]);
  });

  it('takes two webhook secrets, to rotate, and none that is weak', () => {
    const [old, next] = [secret(), secret()];
    const both = readConfig({ ...complete, ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: ` ${old} , ${next} ` });
    expect(both.paymentWebhookSecrets).toEqual([old, next]);
    for (const weak of ['whsec_', old.slice(6), `whsec_${'A'.repeat(31)}`, `${old},`, `${old},weak`]) {
      expect(namesIn(problemsOf({ ...complete, ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: weak }))).toEqual([
        'ALLOTMENT_PAYMENT_WEBHOOK_SECRETS',
      ]);
    }
  });

  it("takes a worker's version whole or not at all", () => {
    const version = { TEMPORAL_DEPLOYMENT_NAME: 'shop/allotment', TEMPORAL_WORKER_BUILD_ID: '1.4.0-3f9c' };
    expect(readConfig({ ...complete, ...version }).workerVersion).toEqual({
      deploymentName: 'shop/allotment',
      buildId: '1.4.0-3f9c',
    });
    for (const name of ['TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID']) {
      expect(namesIn(problemsOf({ ...complete, ...version, [name]: '' }))).toEqual([name]);
    }
  });

  it('has traces exported where an address for them is set, unless the SDK is disabled', () => {
    const exportsTraces = (env: NodeJS.ProcessEnv) => readConfig({ ...complete, ...env }).exportsTraces;
    const address = 'http://collector:4318';
    expect(exportsTraces({})).toBe(false);
    expect(exportsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(false);
    expect(exportsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: address })).toBe(true);
    expect(exportsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${address}/v1/traces` })).toBe(true);
    expect(exportsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: address, OTEL_SDK_DISABLED: 'true' })).toBe(false);
  });

  it('takes off the slash behind PUBLIC_URL', () => {
    const { publicUrl } = readConfig({ ...complete, PUBLIC_URL: 'https://tickets.example.com/' });
    expect(publicUrl).toBe('https://tickets.example.com');
  });
});

describe('the variables of the environment', () => {
  const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

  it.each(variables)('are each in the table of the README: %s', (name) => {
    const rows = read('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|')[1]);
    expect(rows.some((names) => names?.includes(`\`${name}\``))).toBe(true);
  });

  it('are passed on by docker-compose.yml, but for those that suit every machine as they are', () => {
    const passed = variables.filter((name) =>
      new RegExp(`^ +${name}: `, 'm').test(read('docker-compose.yml')),
    );
    expect(variables.filter((name) => !passed.includes(name))).toEqual([
      'ALLOTMENT_ENV',
      'HOST',
      'ALLOTMENT_TASK_QUEUE',
      'ALLOTMENT_DATABASE_PATIENCE_MS',
      'ALLOTMENT_DATABASE_POOL',
    ]);
  });
});
