import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { afterEach, describe, expect, test } from '@jest/globals';
import { build, type Plugin } from 'esbuild';
import { openStore } from '../../lambdas/store/open-store.ts';
import { point, START_MS } from './arbitraries.ts';
import { closePeers, newPeerSaying, STORED } from './influxdb-peer.ts';

afterEach(closePeers);

const REST = { org: 'o', bucket: 'b', token: async () => 't', nowMs: Date.now };

describe('the kind of store', () => {
  test("'sqlite' opens the file that is named", async () => {
    const store = openStore({ kind: 'sqlite', sqliteFile: ':memory:' });
    expect(await store.append([point('boat', START_MS, { charge: 1 })])).toEqual([{ kind: 'stored' }]);
    await store.close();
  });

  test("'sqlite' without a file names the setting that is missing", () => {
    const invalid = { code: 'setting-invalid', message: expect.stringContaining('SQLITE_FILE') };
    expect(() => openStore({ kind: 'sqlite' })).toThrow(expect.objectContaining(invalid));
  });

  test("'influxdb' opens the server, organisation and bucket that are named", async () => {
    const peer = await newPeerSaying(STORED);
    const store = openStore({
      kind: 'influxdb',
      url: peer.url,
      org: 'home',
      bucket: 'cellar',
      token: async () => 'a-token',
      nowMs: Date.now,
    });
    expect(await store.append([point('boat', START_MS, { charge: 1 })])).toEqual([{ kind: 'stored' }]);
    expect(peer.asked.map(({ query }) => [query.get('org'), query.get('bucket')])).toEqual([['home', 'cellar']]);
    expect(peer.asked[0]?.headers.authorization).toBe('Token a-token');
    await store.close();
  });

  test("'influxdb' asks nobody before its first call, not even for the token", async () => {
    const peer = await newPeerSaying(STORED);
    const token = async (): Promise<string> => Promise.reject(new Error('nobody was to ask'));
    await openStore({ kind: 'influxdb', url: peer.url, org: 'home', bucket: 'cellar', token, nowMs: Date.now }).close();
    expect(peer.openSockets()).toBe(0);
  });
});

describe('an address that is none of an InfluxDB', () => {
  test.each(['localhost:8086', '', 'ftp://host', 'http://', 'http://me:secret@host:8086', 'http://host:8086/?org=x'])(
    'is refused before anything is sent, and not told: %s',
    (url) => {
      const open = () => openStore({ kind: 'influxdb', url, ...REST });
      const message = expect.not.stringMatching(/secret/);
      expect(open).toThrow(expect.objectContaining({ code: 'setting-invalid', retry: false, message }));
    },
  );
});

describe('a bundle', () => {
  // As scripts/bundle.ts does it, in what decides on what stays in: packages as ES modules, Node's own without effects.
  const unusedBuiltins: Plugin = {
    name: 'unused-builtins',
    setup: (bundle) =>
      bundle.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
  };
  const bundled = async (kind: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: ['lambdas/store/open-store.ts'],
      bundle: true,
      write: false,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      mainFields: ['module', 'main'],
      define: { 'process.env.AMPHORA_STORE': JSON.stringify(kind) },
      plugins: [unusedBuiltins],
    });
    return outputFiles[0]?.text ?? '';
  };
  const ofSqlite = /node:sqlite|CREATE TABLE|DatabaseSync|wal_checkpoint|PRAGMA/;
  const ofInfluxdb = /node:http|InfluxDB|api\/v2|line protocol|SHOW FIELD|range\(start/;

  test('for SQLite holds nothing of the InfluxDB adapter and its client', async () => {
    const text = await bundled('sqlite');
    expect(text).toMatch(ofSqlite);
    expect(text).not.toMatch(ofInfluxdb);
  });

  test('for InfluxDB holds nothing of the SQLite adapter and its client, and less than 80 kB', async () => {
    const text = await bundled('influxdb');
    expect(text).toMatch(ofInfluxdb);
    expect(text).not.toMatch(ofSqlite);
    expect(text.length).toBeLessThan(80_000);
  });

  test.each([
    ['sqlite', 'influxdb'],
    ['influxdb', 'sqlite'],
  ])('for %s that is asked for %s says what to do', async (kind, other) => {
    const bundle: { exports: { openStore?: typeof openStore } } = { exports: {} };
    compileFunction(await bundled(kind), ['module', 'require'])(bundle, createRequire(import.meta.url));
    const settings = { url: 'http://127.0.0.1:1', ...REST };
    const open = () =>
      bundle.exports.openStore?.(other === 'sqlite' ? { kind: other } : { kind: 'influxdb', ...settings });
    expect(open).toThrow(`bundled for store '${kind}'; bundle them with the setting store '${other}'`);
  });
});
