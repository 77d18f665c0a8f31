import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

type Service = {
  build?: string;
  command?: string[] | string;
  depends_on?: Record<string, object> | string[];
  profiles?: string[];
  volumes?: string[];
  environment?: Record<string, string | number | null>;
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
/** What whoever runs it makes: see docs/operations.md. */
const madeOnTheSpot = './secrets/';

describe('docker-compose.yml', () => {
  it('is what the Compose specification allows', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    const isValid = ajv.compile(JSON.parse(read('test/ops/compose-spec.json')) as object);
    expect([isValid(compose), isValid.errors]).toEqual([true, null]);
    expect(isValid({ services: { api: { comand: ['node'] } } })).toBe(false);
  });

  it('mounts files that are there, and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0] ?? ''));
    const [paths, names] = [true, false].map((isPath) => sources.filter((s) => s.startsWith('.') === isPath));
    for (const path of paths ?? []) {
      expect([path, path.startsWith(madeOnTheSpot) || existsSync(join(root, path))]).toEqual([path, true]);
    }
    expect(new Set(names)).toEqual(new Set(Object.keys(compose.volumes)));
  });

  it('runs programs of the image that are there', () => {
    const ours = services.filter(([, { build }]) => build !== undefined);
    expect(ours.map(([name]) => name)).toEqual(['migrate', 'api-1', 'api-2', 'worker-1', 'worker-2']);
    for (const [, { command }] of ours) {
      expect(existsSync(join(root, (command as string[])[1] ?? ''))).toBe(true);
    }
  });

  it('does without its Temporal where another one is named', () => {
    const withoutProfile = services.filter(([, { profiles }]) => !profiles).map(([name]) => name);
    for (const name of withoutProfile) {
      const { depends_on = {} } = compose.services[name] as Service;
      const needed = Array.isArray(depends_on)
        ? depends_on
        : Object.entries(depends_on)
            .filter(([, how]) => !('required' in how && how.required === false))
            .map(([other]) => other);
      for (const other of needed) expect(withoutProfile).toContain(other);
    }
  });

  it('asks for what .env.example lists, and for nothing else that has no default', () => {
    const example = read('.env.example');
    const required = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    expect(new Set(required)).toEqual(
      new Set(['POSTGRES_PASSWORD', 'PUBLIC_URL', 'ALLOTMENT_PAYMENT_WEBHOOK_SECRETS']),
    );
    for (const name of required) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
    const named = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
    const known = `COMPOSE_PROFILES ${read('docker-compose.yml')}`;
    for (const name of named) expect(known).toContain(name);
  });
});

describe('Dockerfile', () => {
  it('keeps the faces in which tickets are printed', () => {
    const faces = [...read('src/tickets/ticket-printer.ts').matchAll(/loadFace\('(\w+)'\)/g)];
    expect(faces.length).toBeGreaterThan(0);
    for (const [, face] of faces) expect(read('Dockerfile')).toContain(`! -name '*_${face}.ttf'`);
  });

  it('copies what is there', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, paths]) => paths?.split(' ') ?? [],
    );
    expect(copied).toContain('src');
    for (const path of copied) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });
});
