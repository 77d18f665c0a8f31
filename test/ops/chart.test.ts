import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { variables } from '../../src/config.ts';

const chart = fileURLToPath(new URL('../../ops/helm/allotment', import.meta.url));
const read = (file: string) => readFileSync(join(chart, file), 'utf8');
const values = parse(read('values.yaml')) as Record<string, unknown>;
const isValid = new Ajv({ strict: false, allErrors: true }).compile(
  JSON.parse(read('values.schema.json')) as object,
);

describe('the chart', () => {
  it('has values that its schema allows, and a schema that knows each of them', () => {
    expect([isValid(values), isValid.errors]).toEqual([true, null]);
    const { properties } = JSON.parse(read('values.schema.json')) as { properties: object };
    expect(Object.keys(properties).filter((name) => name !== 'global')).toEqual(Object.keys(values));
  });

  it.each<[string, object]>([
    ['a value that is not known', { replicas: 3 }],
    ['a drain that no process takes', { api: { drainSeconds: 1_000 } }],
    [
      'a name of a deployment that Temporal refuses',
      {
        temporal: { ...(values.temporal as object), deploymentName: 'allot.ment', buildId: '1' },
      },
    ],
    ['half a version', { temporal: { ...(values.temporal as object), buildId: '0.1.0' } }],
    ['an address with a scheme', { temporal: { ...(values.temporal as object), address: 'https://x' } }],
  ])('refuses %s', (_, changed) => {
    expect(isValid({ ...values, ...changed })).toBe(false);
  });

  it('is for this release', () => {
    const { appVersion } = parse(read('Chart.yaml')) as { appVersion: string };
    expect(appVersion).toBe(packageJson.version);
  });

  it('sets variables that the processes read', () => {
    const templates = ['_helpers.tpl', 'api-deployment.yaml', 'worker-deployment.yaml'];
    const set = templates.flatMap((file) =>
      [...read(`templates/${file}`).matchAll(/- \{ name: ([A-Z_]+),/g)].map(([, name]) => name ?? ''),
    );
    const ofTemporal = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TLS'];
    const isKnown = (name: string) =>
      variables.includes(name) || ofTemporal.includes(name) || name.startsWith('TEMPORAL_TLS_');
    expect(set.length).toBeGreaterThan(10);
    expect(set.filter((name) => !isKnown(name))).toEqual([]);
  });
});
