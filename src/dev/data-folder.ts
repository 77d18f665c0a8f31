import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoKeys } from './demo-partners.ts';

/** What `dev.json` tells scripts and tests about the running stack. A pid is null when the process is not ours. */
export interface StackDescription {
  api_url: string;
  temporal_address: string;
  temporal_ui_url: string | null;
  database_url: string;
  keys: DemoKeys;
  webhook_secret: string;
  processes: Record<'api' | 'worker' | 'temporal' | 'postgres', number | null>;
}

/** Ports of the processes behind the API, kept so that they stay the same from start to start. */
interface KeptPorts {
  postgres?: number | undefined;
  temporal?: number | undefined;
  temporalUi?: number | undefined;
  worker?: number | undefined;
}

export type DataFolder = ReturnType<typeof openDataFolder>;

const WEBHOOK_SECRET_BYTES = 24; // Standard Webhooks asks for 24 to 64.

/** The folder that holds everything a development stack keeps; its secrets are for its owner only. */
export function openDataFolder(path: string) {
  const secrets = join(path, 'secrets');
  const description = join(path, 'dev.json');
  const ports = join(path, 'ports.json');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const folder of ['secrets', 'logs', 'run', 'temporal']) {
    mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
  }
  chmodSync(secrets, 0o700);

  return {
    path,
    postgresFolder: join(path, 'postgres'),
    temporalFile: join(path, 'temporal', 'temporal.db'),
    lockFile: join(path, 'run', 'supervisor.json'),
    logFile: (name: string) => join(path, 'logs', `${name}.log`),
    recordFile: (name: string) => join(path, 'run', `${name}.json`),

    readDescription: () => readJson(description) as StackDescription | undefined,
    writeDescription: (content: StackDescription) => writePrivately(description, toJson(content)),
    removeDescription: () => rmSync(description, { force: true }),

    /** A client configuration that sets nothing: the SDK trips over a file without a profile. */
    emptyTemporalConfig(): string {
      const file = join(path, 'temporal', 'client.toml');
      writePrivately(file, '[profile.default]\n');
      return file;
    },

    readPorts,
    keepPorts: (chosen: KeptPorts) => writePrivately(ports, toJson({ ...readPorts(), ...chosen })),

    readDemoKeys: () => (readJson(join(secrets, 'demo-keys.json')) as Partial<DemoKeys> | undefined) ?? {},
    writeDemoKeys: (keys: DemoKeys) => writePrivately(join(secrets, 'demo-keys.json'), toJson(keys)),

    postgresPassword: () => keptSecret('postgres-password', () => randomBytes(24).toString('base64url')),
    webhookSecret: () =>
      keptSecret('webhook-secret', () => `whsec_${randomBytes(WEBHOOK_SECRET_BYTES).toString('base64')}`),
    /** Makes the file on the first start and returns its path. */
    signingKeysFile(generate: () => string): string {
      keptSecret('signing-keys.json', generate);
      return join(secrets, 'signing-keys.json');
    },
  };

  function readPorts(): KeptPorts {
    return (readJson(ports) as KeptPorts | undefined) ?? {};
  }

  function keptSecret(name: string, generate: () => string): string {
    const file = join(secrets, name);
    if (!existsSync(file)) writePrivately(file, generate());
    return readFileSync(file, 'utf8').trim();
  }
}

/** A reader sees the old file or the new one, never half of it. */
function writePrivately(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read; repair or delete it.`, { cause: error });
  }
}

function toJson(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
