import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporalProblems, temporalSettings } from '../src/temporal-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'allotment-temporal-'));
const path = (name: string) => join(folder, name);
const client = {
  TEMPORAL_TLS_CLIENT_CERT_PATH: path('client.pem'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: path('client.key'),
};

const NOW = new Date();
const IN_TWO_YEARS = new Date(NOW.getTime() + 2 * 365 * 86_400_000);

beforeAll(() => {
  for (const name of ['client', 'other']) {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '365'],
        ...['-subj', `/CN=${name}`, '-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)],
      ],
      { stdio: 'ignore' },
    );
  }
  writeFileSync(path('temporal.toml'), '[profile.cloud]\naddress = "cloud.example.com:7233"\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('temporalSettings', () => {
  it('takes an API key, and TLS with it', () => {
    const { connectionOptions, namespace } = temporalSettings({
      TEMPORAL_ADDRESS: 'shop.a1b2c.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'shop.a1b2c',
      TEMPORAL_API_KEY: 'a.b.c',
    });
    expect(namespace).toBe('shop.a1b2c');
    expect(connectionOptions).toMatchObject({
      address: 'shop.a1b2c.tmprl.cloud:7233',
      apiKey: 'a.b.c',
      tls: true,
    });
  });

  it("takes a client's certificate, a CA and a server's name", () => {
    const { connectionOptions } = temporalSettings({
      ...client,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('other.pem'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example.com',
    });
    const bytes = (name: string) => Uint8Array.from(readFileSync(path(name)));
    expect(connectionOptions.tls).toEqual({
      serverNameOverride: 'temporal.example.com',
      serverRootCACertificate: bytes('other.pem'),
      clientCertPair: { crt: bytes('client.pem'), key: bytes('client.key') },
    });
  });

  it('has neither TLS nor a key where variables are set to nothing', () => {
    const blank = { TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '', TEMPORAL_TLS: '', TEMPORAL_NAMESPACE: '' };
    expect(temporalSettings(blank)).toEqual(temporalSettings({}));
    expect(temporalSettings({}).connectionOptions.tls).toBeUndefined();
  });
});

describe('temporalProblems', () => {
  it('finds none in settings that work', () => {
    for (const env of [
      {},
      { TEMPORAL_ADDRESS: 'localhost:7233' },
      { TEMPORAL_ADDRESS: '[::1]:7233', TEMPORAL_TLS: 'true' },
      { TEMPORAL_API_KEY: 'a.b.c', TEMPORAL_TLS: '1' },
      { ...client, TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('other.pem') },
      { TEMPORAL_CONFIG_FILE: path('temporal.toml'), TEMPORAL_PROFILE: 'cloud' },
    ]) {
      expect(temporalProblems(env, NOW)).toEqual([]);
    }
  });

  const data = () => readFileSync(path('client.pem'), 'utf8');
  it.each<[string, () => NodeJS.ProcessEnv, string]>([
    ['an address with a scheme', () => ({ TEMPORAL_ADDRESS: 'https://x:7233' }), 'TEMPORAL_ADDRESS must be'],
    ['a key with a line break', () => ({ TEMPORAL_API_KEY: 'abc\n' }), 'TEMPORAL_API_KEY holds'],
    ['TLS that is neither on nor off', () => ({ TEMPORAL_TLS: 'yes' }), 'TEMPORAL_TLS must be'],
    [
      'verification that is switched off, which would be passed over',
      () => ({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }),
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported',
    ],
    [
      'a certificate without its key',
      () => ({ ...client, TEMPORAL_TLS_CLIENT_KEY_PATH: '' }),
      'TEMPORAL_TLS_CLIENT_KEY_PATH is missing',
    ],
    [
      'a key without its certificate',
      () => ({ ...client, TEMPORAL_TLS_CLIENT_CERT_PATH: '' }),
      'TEMPORAL_TLS_CLIENT_CERT_PATH is missing',
    ],
    [
      'a certificate in two forms',
      () => ({ ...client, TEMPORAL_TLS_CLIENT_CERT_DATA: data() }),
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_CERT_DATA are both given',
    ],
    [
      'a file that is not there',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('absent.pem') }),
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH names no file',
    ],
    [
      'a file that holds something else',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('temporal.toml') }),
      'TEMPORAL_TLS_SERVER_CA_CERT is not in PEM form',
    ],
    [
      'a key of another certificate',
      () => ({ ...client, TEMPORAL_TLS_CLIENT_KEY_PATH: path('other.key') }),
      'TEMPORAL_TLS_CLIENT_KEY does not belong',
    ],
    [
      'a configuration file that is not there',
      () => ({ TEMPORAL_CONFIG_FILE: path('absent.toml') }),
      'TEMPORAL_CONFIG_FILE names no file',
    ],
    [
      'a profile that the file does not have',
      () => ({ TEMPORAL_CONFIG_FILE: path('temporal.toml'), TEMPORAL_PROFILE: 'own' }),
      "TEMPORAL_CONFIG_FILE Profile 'own' not found",
    ],
  ])('names %s', (_, env, problem) => {
    expect(temporalProblems(env(), NOW)).toEqual([expect.stringContaining(problem)]);
  });

  it('names a certificate that has expired', () => {
    expect(temporalProblems(client, IN_TWO_YEARS)).toEqual([
      expect.stringMatching(/^TEMPORAL_TLS_CLIENT_CERT was valid until 20\d\d-/),
    ]);
  });
});
