import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { storeSettings } from '../../lambdas/aws/store-settings.ts';
import { type JsonPeer, KEYS } from './json-peer.ts';
import { ARN, holding, secretsPeer } from './secrets-peer.ts';

const NAMES = ['INFLUX_URL', 'INFLUX_ORG', 'INFLUX_BUCKET', 'INFLUX_TOKEN', 'INFLUX_TOKEN_SECRET'];
const setEnv = (env: Readonly<Record<string, string>>): void => void Object.assign(process.env, env);
const settings = () => storeSettings({ nowMs: Date.now });

let peer: JsonPeer;
beforeAll(async () => {
  peer = await secretsPeer();
  setEnv({ ...KEYS, AWS_ENDPOINT_URL_SECRETS_MANAGER: peer.url });
});
afterAll(() => peer.close());
afterEach(() => {
  for (const name of NAMES) delete process.env[name];
});

describe("a function's store", () => {
  test("is InfluxDB with the original demo's names, if nothing else is said", () => {
    setEnv({ INFLUX_URL: 'http://localhost:8086', INFLUX_TOKEN: 't' });
    expect(settings()).toMatchObject({
      kind: 'influxdb',
      url: 'http://localhost:8086',
      org: 'ENI',
      bucket: 'battery1',
    });
  });

  test('has its token from the environment in the local runtime, and asks nobody for it', async () => {
    setEnv({ INFLUX_URL: 'http://localhost:8086', INFLUX_TOKEN: 'mine', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b' });
    peer.answer(holding('other'));
    const opened = settings();
    if (opened.kind !== 'influxdb') throw new Error(opened.kind);
    expect([opened.org, opened.bucket, await opened.token(), await opened.token('mine')]).toEqual([
      'o',
      'b',
      'mine',
      'mine',
    ]);
    expect(peer.requests).toEqual([]);
  });

  test('has its token from the secret where it is deployed, once it is needed', async () => {
    setEnv({ INFLUX_URL: 'https://db', INFLUX_TOKEN_SECRET: ARN });
    peer.answer(holding('secret'));
    const opened = settings();
    expect(peer.requests).toEqual([]);
    expect(opened.kind === 'influxdb' && (await opened.token())).toBe('secret');
  });

  test('without an address names the setting that is missing', () => {
    const invalid = { code: 'setting-invalid', message: expect.stringContaining('setting influxUrl') };
    expect(settings).toThrow(expect.objectContaining(invalid));
  });

  test('without a token names the variable that is missing', () => {
    setEnv({ INFLUX_URL: 'https://db', INFLUX_TOKEN: '' });
    expect(settings).toThrow('INFLUX_TOKEN_SECRET is missing');
  });
});
