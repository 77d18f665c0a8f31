import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { withoutBlanks } from './environment.ts';

type Settings = ReturnType<typeof loadClientConnectConfig>;

const filesNamed = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;
const isAbsent = (path: string | undefined) => path !== undefined && !existsSync(path);

/** Address, namespace, key and TLS, by Temporal's own variables (TEMPORAL_*) or its configuration file. */
export function temporalSettings(env: NodeJS.ProcessEnv): Settings {
  return loadClientConnectConfig({ overrideEnvVars: withoutBlanks(env) as Record<string, string> });
}

/**
 * What is wrong with these settings, each line beginning with the name of a variable. Temporal's SDK passes
 * over most of it: it would connect without TLS or without the client's certificate, or fail much later.
 */
export function temporalProblems(given: NodeJS.ProcessEnv, now: Date): string[] {
  const env = withoutBlanks(given);
  const problems = [
    ...problemsOfValues(env),
    ...problemsOfPairs(env),
    ...filesNamed.filter((name) => isAbsent(env[name])).map((name) => `${name} names no file`),
  ];
  if (problems.length > 0) return problems;
  try {
    return problemsOfCertificates(temporalSettings(env), now);
  } catch (error) {
    return [`TEMPORAL_CONFIG_FILE ${error instanceof Error ? error.message : String(error)}`];
  }
}

function problemsOfValues(env: NodeJS.ProcessEnv): string[] {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS: tls } = env;
  const problems: string[] = [];
  const isAddress = address === undefined || /^(\[[\da-f:.]+\]|[^\s:/[\]]+)(:\d{1,5})?$/i.test(address);
  if (!isAddress) problems.push('TEMPORAL_ADDRESS must be host:port, without https://');
  const isHeader = apiKey === undefined || /^[\x21-\x7e]+$/.test(apiKey);
  if (!isHeader)
    problems.push('TEMPORAL_API_KEY holds a space, a line break or another sign that no key has');
  if (tls !== undefined && !['true', 'false', '1', '0'].includes(tls)) {
    problems.push('TEMPORAL_TLS must be true or false');
  }
  if (env.TEMPORAL_TLS_DISABLE_HOST_VERIFICATION !== undefined) {
    problems.push(
      'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported: name the CA and the server by TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME',
    );
  }
  return problems;
}

const forms = (name: string) => [`${name}_PATH`, `${name}_DATA`];

function problemsOfPairs(env: NodeJS.ProcessEnv): string[] {
  const isGiven = (name: string) => forms(name).some((form) => env[form] !== undefined);
  const [certificate, key] = ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY'] as const;
  const twice = [certificate, key, 'TEMPORAL_TLS_SERVER_CA_CERT'].filter((name) =>
    forms(name).every((form) => env[form] !== undefined),
  );
  const problems = twice.map((name) => `${name}_PATH and ${name}_DATA are both given`);
  if (isGiven(certificate) && !isGiven(key)) problems.push(`${key}_PATH is missing, beside the certificate`);
  if (isGiven(key) && !isGiven(certificate)) problems.push(`${certificate}_PATH is missing, beside the key`);
  return problems;
}

const certificateOf = (bytes: Buffer) => new X509Certificate(bytes);

function problemsOfCertificates({ connectionOptions: { tls } }: Settings, now: Date): string[] {
  if (!tls || tls === true) return [];
  const problems: string[] = [];
  const read = <T>(name: string, bytes: Uint8Array | undefined | null, parse: (bytes: Buffer) => T) => {
    try {
      return bytes ? parse(Buffer.from(bytes)) : undefined;
    } catch {
      problems.push(`${name} is not in PEM form`);
      return undefined;
    }
  };
  read('TEMPORAL_TLS_SERVER_CA_CERT', tls.serverRootCACertificate, certificateOf);
  const certificate = read('TEMPORAL_TLS_CLIENT_CERT', tls.clientCertPair?.crt, certificateOf);
  const key = read('TEMPORAL_TLS_CLIENT_KEY', tls.clientCertPair?.key, (bytes) => createPrivateKey(bytes));
  if (certificate && key && !certificate.checkPrivateKey(key)) {
    problems.push('TEMPORAL_TLS_CLIENT_KEY does not belong to the certificate');
  }
  if (certificate && certificate.validToDate < now) {
    problems.push(`TEMPORAL_TLS_CLIENT_CERT was valid until ${certificate.validToDate.toISOString()}`);
  }
  return problems;
}
