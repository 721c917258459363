import { describe, expect, test } from '@jest/globals';
import { functionEnv, overrides } from '../../local/overrides.ts';
import type { StoreChoice } from '../../local/store-choice.ts';

const INFLUX: StoreChoice = { kind: 'influxdb', url: 'http://db:8086', org: 'ENI', bucket: 'b1', token: 'secret' };
const inputOf = (store: StoreChoice) => ({
  store,
  sqliteFile: '/data/store.sqlite',
  iotPort: 4000,
  demoClientId: 'demo-client',
  region: 'us-east-1',
});
const FACTS = { authorized: 8, retryDelaysMs: [60_000, 120_000], environments: [4, 2] } as const;

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

  test('holds no token when the template gives that function no database', () => {
    expect(JSON.stringify(functionEnv({ TOPIC_ROOT: 'battery' }, inputOf(INFLUX)))).not.toContain('secret');
  });

  test('on SQLite has the file and nothing of InfluxDB', () => {
    const env = functionEnv({ TOPIC_ROOT: 'battery' }, inputOf({ kind: 'sqlite' }));
    expect(env).toMatchObject({ SQLITE_FILE: '/data/store.sqlite', DEMO_CLIENT_ID: 'demo-client' });
    expect(Object.keys(env).filter((name) => name.startsWith('INFLUX_'))).toEqual([]);
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

  test('says where the token of InfluxDB comes from', () => {
    const here = (store: StoreChoice) =>
      overrides(inputOf(store), FACTS).find(({ subject }) => subject === 'its token')?.here;
    expect(here(INFLUX)).toBe('INFLUX_TOKEN; one for both');
    expect(here({ ...INFLUX, tokenFile: 'my-token' })).toBe('my-token; one for both');
    expect(here({ kind: 'sqlite' })).toBeUndefined();
  });
});
