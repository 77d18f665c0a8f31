import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { freePort } from '../../src/dev/ports.ts';
import { generateSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { readExposition } from '../support/exposition.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { activated, ordered, reserved } from '../support/sale.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 120_000;

type Rule = {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
};
type Panel = { type: string; title: string; targets?: { expr: string }[] };

const rules = (
  parse(readFileSync(join(root, 'ops/prometheus/alerts.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(join(root, 'ops/grafana/allotment.json'), 'utf8')) as {
  panels: Panel[];
};
const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');

const metricsIn = (expression: string) =>
  expression.match(/\b(?:allotment|process|nodejs|temporal)_\w+/g) ?? [];
/** A histogram is told as three series. */
const family = (name: string) => name.replace(/_(bucket|count|sum)$/, '');

describe('the metrics of the real processes', () => {
  let house: House;
  let folder: string;
  const processes: ChildProcess[] = [];
  const urls = { api: '', worker: '', temporal: '' };
  /** The names of all samples, by where they are told. */
  const told: Record<keyof typeof urls, Set<string>> = {
    api: new Set(),
    worker: new Set(),
    temporal: new Set(),
  };

  beforeAll(async () => {
    house = await openHouse();
    folder = mkdtempSync(join(tmpdir(), 'allotment-metrics-'));
    writeFileSync(join(folder, 'keys.json'), generateSigningKeySet(), { mode: 0o600 });
    const [port, metrics, worker, temporal] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    urls.api = `http://127.0.0.1:${metrics}`;
    urls.worker = `http://127.0.0.1:${worker}`;
    urls.temporal = `http://127.0.0.1:${temporal}`;
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: house.config.databaseUrl,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
      HOST: '127.0.0.1',
      PORT: String(port),
      WORKER_PORT: String(worker),
      ALLOTMENT_METRICS_PORT: String(metrics),
      ALLOTMENT_TEMPORAL_METRICS_PORT: String(temporal),
      ALLOTMENT_SIGNING_KEYS: join(folder, 'keys.json'),
      ALLOTMENT_PAYMENT_WEBHOOK_SECRETS: house.webhookSecret,
      ALLOTMENT_TASK_QUEUE: house.config.taskQueue,
      ALLOTMENT_DATABASE_PATIENCE_MS: '30000',
      LOG_LEVEL: 'warn',
    };
    for (const name of ['server', 'worker']) {
      processes.push(
        spawn(process.execPath, [join(root, 'src', `${name}.ts`)], { env, cwd: root, stdio: 'inherit' }),
      );
    }
    const isWell = (url: string) => async () => (await fetch(`${url}/healthz`).catch(() => null))?.ok;
    await eventually('the API', isWell(urls.api), PATIENCE_MS);
    await eventually('the worker', isWell(urls.worker), PATIENCE_MS);
    await fetch(`http://127.0.0.1:${port}/catalog`);
    // The house's own API accepts it, in the same database; the worker is the real one.
    const { order_id: orderId } = await ordered(house, await reserved(house, 1), 1);
    await activated(house, orderId);
    for (const place of ['api', 'worker', 'temporal'] as const) {
      told[place] = await eventually(`the metrics of ${place}`, async () => {
        const text = await (await fetch(`${urls[place]}/metrics`)).text();
        const names = new Set(readExposition(text).map(({ name }) => name));
        return (place === 'temporal' || names.has('allotment_holds_open')) && names;
      });
    }
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const child of processes) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const everywhere = () => new Set([...told.api, ...told.worker, ...told.temporal]);

  it('are all that the alerts and the dashboard name', () => {
    const named = [
      ...rules.map(({ alert, expr }) => [alert, expr] as const),
      ...dashboard.panels.flatMap(({ title, targets = [] }) =>
        targets.map(({ expr }) => [title, expr] as const),
      ),
    ].flatMap(([where, expr]) => metricsIn(expr).map((name) => [where, name]));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter(([, name]) => !everywhere().has(name ?? ''))).toEqual([]);
  });

  it('are those that docs/operations.md explains', () => {
    const explained = [...operations.matchAll(/^\| `(allotment_\w+)` \|/gm)].map(([, name]) => name);
    const own = [...told.api, ...told.worker].map(family).filter((name) => name.startsWith('allotment_'));
    expect(explained.toSorted()).toEqual([...new Set(own)].toSorted());
  });

  it('tell every time in seconds', () => {
    for (const name of everywhere()) expect(name).not.toMatch(/milliseconds|_ms\b/);
  });
});

describe('the alerts', () => {
  it('say what is the matter, how bad it is, and where it is explained', () => {
    expect(rules.length).toBeGreaterThan(15);
    const headings = [...operations.matchAll(/^#### (\w+)$/gm)].map(([, heading]) => heading);
    expect(rules.map(({ alert }) => alert).toSorted()).toEqual(headings.toSorted());
    for (const { alert, labels, annotations } of rules) {
      expect([alert, annotations]).toEqual([
        alert,
        {
          summary: expect.stringMatching(/./),
          description: expect.stringMatching(/./),
          runbook: `docs/operations.md#${alert.toLowerCase()}`,
        },
      ]);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
    }
  });

  it('are each tried when they fire and when they do not', () => {
    const { tests } = parse(readFileSync(join(root, 'ops/prometheus/alerts.test.yml'), 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
    };
    const cases = tests.flatMap((test) => test.alert_rule_test);
    for (const { alert } of rules) {
      const fires = cases
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts }) => exp_alerts.length > 0);
      expect([alert, new Set(fires)]).toEqual([alert, new Set([true, false])]);
    }
  });
});

describe('docker-compose.yml', () => {
  it('has Prometheus scrape the ports at which API and worker tell', () => {
    const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'), { merge: true });
    const { services } = read('docker-compose.yml') as {
      services: Record<string, { environment: Record<string, unknown> }>;
    };
    const { scrape_configs: jobs } = read('ops/prometheus/prometheus.yml') as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap((job) => job.static_configs.flatMap((config) => config.targets));
    const told = (kind: string, variable: string) =>
      Object.entries(services)
        .filter(([name]) => name.startsWith(kind))
        .map(([name, { environment }]) => `${name}:${String(environment[variable])}`);
    expect(targets).toEqual([
      ...told('api-', 'ALLOTMENT_METRICS_PORT'),
      ...told('worker-', 'WORKER_PORT'),
      ...told('worker-', 'ALLOTMENT_TEMPORAL_METRICS_PORT'),
    ]);
    expect(targets).toHaveLength(6);
  });
});
