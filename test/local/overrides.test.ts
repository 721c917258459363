import { describe, expect, test } from '@jest/globals';
import { type BufferFacts, functionEnv, overrides } from '../../local/overrides.ts';
import type { RedriveFacts } from '../../local/schedules.ts';
import type { StoreChoice } from '../../local/store-choice.ts';

const INFLUX: StoreChoice = { kind: 'influxdb', url: 'http://db:8086', org: 'ENI', bucket: 'b1', token: 'secret' };
const inputOf = (store: StoreChoice) => ({
  store,
  sqliteFile: '/data/store.sqlite',
  quarantineFolder: '/data/quarantine',
  iotPort: 4000,
  accessKeyId: 'key',
  demoClientId: 'demo-client',
  region: 'us-east-1',
});
const FACTS = {
  authorized: 8,
  retryDelaysMs: [60_000, 120_000],
  environments: [4, 2],
  isBeyondLoopback: false,
  mqttsPort: undefined,
  buffer: undefined,
  redrive: undefined,
} as const;

describe("a function's environment", () => {
  const writer = {
    TOPIC_ROOT: 'battery',
    INFLUX_URL: 'https://deployed',
    INFLUX_ORG: 'x',
    INFLUX_BUCKET: 'y',
    INFLUX_TOKEN_SECRET: 'arn:secret',
    METRICS_NAMESPACE: 'Amphora',
  };

  test("on InfluxDB has this run's database and token in place of the deployed ones and the secret", () => {
    const env = functionEnv(writer, inputOf(INFLUX));
    expect(env).toMatchObject({
      TOPIC_ROOT: 'battery',
      INFLUX_URL: 'http://db:8086',
      INFLUX_ORG: 'ENI',
      INFLUX_BUCKET: 'b1',
      INFLUX_TOKEN: 'secret',
      METRICS_NAMESPACE: '',
    });
    expect(env).not.toHaveProperty('INFLUX_TOKEN_SECRET');
    expect(env).not.toHaveProperty('SQLITE_FILE');
  });

  test('has the folder of this run in place of the bucket, where the template gives it one', () => {
    const env = functionEnv({ ...writer, QUARANTINE_BUCKET: 'Quarantine' }, inputOf(INFLUX));
    expect(env).toMatchObject({ QUARANTINE_FOLDER: '/data/quarantine' });
    expect(env).not.toHaveProperty('QUARANTINE_BUCKET');
    expect(functionEnv(writer, inputOf(INFLUX))).not.toHaveProperty('QUARANTINE_FOLDER');
  });

  test('holds no token when the template gives that function no database', () => {
    expect(JSON.stringify(functionEnv({ TOPIC_ROOT: 'battery' }, inputOf(INFLUX)))).not.toContain('secret');
  });

  test('on SQLite has the file and nothing of InfluxDB', () => {
    const env = functionEnv({ TOPIC_ROOT: 'battery' }, inputOf({ kind: 'sqlite' }));
    expect(env).toMatchObject({ SQLITE_FILE: '/data/store.sqlite', DEMO_CLIENT_ID: 'demo-client' });
    expect(Object.keys(env).filter((name) => name.startsWith('INFLUX_'))).toEqual([]);
  });
});

describe('the environment of the function that signs in', () => {
  const session = {
    SIGN_IN_URL: 'https://pool',
    SIGN_IN_CLIENT_ID: 'page',
    PAGE_URL: 'https://page/',
    TOPIC_ROOT: 'x',
  };
  const signIn = { url: 'http://localhost:5004', pageUrl: () => 'http://localhost:5003/' };

  test('has the sign-in and the page of this run in place of the deployed ones', () => {
    expect(functionEnv(session, { ...inputOf({ kind: 'sqlite' }), signIn })).toMatchObject({
      SIGN_IN_URL: 'http://localhost:5004',
      SIGN_IN_CLIENT_ID: 'page',
      PAGE_URL: 'http://localhost:5003/',
      TOPIC_ROOT: 'x',
    });
  });

  test('has none where nobody signs in, and no other function has any', () => {
    const without = functionEnv(session, inputOf({ kind: 'sqlite' }));
    const other = functionEnv({ TOPIC_ROOT: 'x' }, { ...inputOf(INFLUX), signIn });
    for (const env of [without, other])
      expect(Object.keys(env).filter((name) => /^(SIGN_IN|PAGE)_/.test(name))).toEqual([]);
  });

  test('is told in the table, in both ways', () => {
    const row = (input: Parameters<typeof overrides>[0]) =>
      overrides(input, FACTS).find(({ subject }) => subject === 'sign-in');
    expect(row(inputOf({ kind: 'sqlite' }))?.here).toBe('none on loopback; Host and Origin are checked');
    const on = row({ ...inputOf({ kind: 'sqlite' }), signIn });
    expect(on?.here).toContain(
      'http://localhost:5004, people of users.json and a client for scripts; 8 routes want its token',
    );
    expect(on?.deployed).toBe('Cognito; 8 routes want its token; a client for scripts with machineClient=true');
  });
});

describe('the table of what differs', () => {
  test.each([
    [{ kind: 'sqlite' } as const, 'SQLite in the data folder'],
    [INFLUX, 'InfluxDB at http://db:8086, bucket b1'],
  ])('says which database %j is', (store, here) => {
    const rows = overrides(inputOf(store), FACTS);
    expect(rows.find(({ subject }) => subject === 'database')?.here).toBe(here);
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  test.each([
    [{}, 'none on loopback; Host and Origin are checked', 'nothing is asked; --device-auth asks'],
    [{ isBeyondLoopback: true }, 'wants the access token', 'on loopback nothing, from elsewhere a password'],
    [{ mqttsPort: 8883 }, 'none on loopback', 'the same, on port 8883; without a certificate a client only listens'],
  ])('says what is asked of people and of devices with %j', (more, people, devices) => {
    const rows = overrides(inputOf({ kind: 'sqlite' }), { ...FACTS, ...more });
    expect(rows.find(({ subject }) => subject === 'sign-in')?.here).toContain(people);
    expect(rows.find(({ subject }) => subject === 'devices')?.here).toContain(devices);
  });

  test('says when what could not be stored is tried again, and in buffered mode where it waits', () => {
    const rows = (buffer: BufferFacts | undefined) =>
      overrides(inputOf({ kind: 'sqlite' }), { ...FACTS, buffer }).filter(({ subject }) =>
        ['queue', 'retries after'].includes(subject),
      );
    expect(rows(undefined)).toEqual([{ subject: 'retries after', deployed: '60 s and 120 s', here: '60 s and 120 s' }]);
    expect(rows({ deployedMs: 180_000, hereMs: 2_500 })).toEqual([
      expect.objectContaining({ subject: 'queue', here: expect.stringContaining('queues.sqlite') }),
      { subject: 'retries after', deployed: '180 s', here: '2.5 s' },
    ]);
  });

  test('says how often what failed is tried again by itself, where the template has a schedule', () => {
    const row = (redrive: RedriveFacts | undefined) =>
      overrides(inputOf({ kind: 'sqlite' }), { ...FACTS, redrive }).find(({ subject }) => subject === 'redrive');
    expect(row({ deployedMs: 900_000, hereMs: 60_000 })).toEqual({
      subject: 'redrive',
      deployed: 'every 15 min',
      here: 'every 60 s, while something waits in a failure queue',
    });
    expect(row(undefined)).toBeUndefined();
  });

  test('says where the token of InfluxDB comes from', () => {
    const here = (store: StoreChoice) =>
      overrides(inputOf(store), FACTS).find(({ subject }) => subject === 'its token')?.here;
    expect(here(INFLUX)).toBe('INFLUX_TOKEN; one for both');
    expect(here({ ...INFLUX, tokenFile: 'my-token' })).toBe('my-token; one for both');
    expect(here({ kind: 'sqlite' })).toBeUndefined();
  });
});
