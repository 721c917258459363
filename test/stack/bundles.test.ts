import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundleFolder, bundleProblem, bundlesFolder, manifestFile, readManifest } from '../../lib/bundles.ts';
import { STORE_KINDS } from '../../lib/settings.ts';
import { acceptedSizes, sizeProblems } from '../../scripts/bundle-sizes.ts';
import { runNode } from './run-node.ts';
import { ROOT, SYNTHESIS_TIMEOUT_MS } from './templates.ts';

// Minified. Cold start grows with them (docs: speed).
const BARS = {
  ingest: 320_000,
  writer: 90_000,
  livedata: 90_000,
  read: 90_000,
  audit: 90_000,
  'direct-write': 500_000,
  session: 500_000,
  quarantine: 500_000,
  redrive: 500_000,
  status: 90_000,
  health: 500_000,
  fallback: 500_000,
} as const;

beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
}, SYNTHESIS_TIMEOUT_MS);

describe.each(STORE_KINDS)('the bundles for store %s', (store) => {
  test.each(Object.entries(BARS))('%s is not over %i bytes', (name, maxBytes) => {
    const bytes = readManifest(ROOT, store)?.bytes[name];
    expect(statSync(join(bundlesFolder(ROOT, store), name, 'main.js')).size).toBe(bytes);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
  });

  test('are all functions, each with a bar', () => {
    expect(Object.keys(readManifest(ROOT, store)?.bytes ?? {}).toSorted()).toEqual(Object.keys(BARS).toSorted());
  });

  test('have not grown by more than a tenth since their sizes were accepted', async () => {
    expect(sizeProblems(await acceptedSizes(ROOT), store, readManifest(ROOT, store)?.bytes ?? {})).toEqual([]);
  });

  test('export a handler by its name to who imports them, wherever they lie and with nothing beside them', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'amphora-bundles-'));
    cpSync(bundlesFolder(ROOT, store), elsewhere, { recursive: true });
    const names = JSON.stringify(Object.keys(BARS));
    const load = `for (const name of ${names}) console.log(name, typeof (await import('./' + name + '/index.js')).handler)`;
    const { stdout, stderr } = await runNode(['--input-type=module', '-e', load], { cwd: elsewhere });
    rmSync(elsewhere, { recursive: true });
    expect({ lines: stdout.trim().split('\n'), stderr }).toEqual({
      lines: Object.keys(BARS).map((name) => `${name} function`),
      stderr: '',
    });
  });

  test('hold the adapter of this store and what it needs, and nothing of another', () => {
    for (const name of [
      'writer',
      'direct-write',
      'livedata',
      'read',
      'audit',
      'quarantine',
      'redrive',
      'status',
    ] as const) {
      const code = readFileSync(join(bundleFolder(ROOT, store, name), 'main.js'), 'utf8');
      const held = {
        sqlite: code.includes('node:sqlite'),
        influxClient: code.includes('influxdb-client-js'),
        signer: code.includes('AWS4-HMAC-SHA256'),
        secrets: code.includes('secretsmanager.GetSecretValue'),
      };
      const isInflux = store === 'influxdb';
      expect([name, held]).toEqual([
        name,
        // These sign what they ask of the quarantine's bucket, and two of them what they ask of queues.
        {
          sqlite: !isInflux,
          influxClient: isInflux,
          signer: isInflux || ['writer', 'quarantine', 'redrive', 'status'].includes(name),
          secrets: isInflux,
        },
      ]);
    }
  });

  test("leave out the InfluxDB client's own writer, which loses data, and what signs event streams", () => {
    for (const name of ['writer', 'direct-write', 'livedata', 'read', 'audit', 'redrive', 'status'] as const) {
      const code = readFileSync(join(bundleFolder(ROOT, store, name), 'main.js'), 'utf8');
      expect([name, /WriteApi|maxBatchBytes|Int64 buffers/.exec(code)?.[0]]).toEqual([name, undefined]);
    }
  });

  test('need nothing of where they run but Node itself', () => {
    const required = Object.keys(BARS).flatMap((name) => {
      const code = readFileSync(join(bundlesFolder(ROOT, store), name, 'main.js'), 'utf8');
      return [...code.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, module = '']) => module);
    });
    expect(required.length).toBeGreaterThan(5);
    expect(required.filter((module) => !isBuiltin(module))).toEqual([]);
  });
});

test('the site is built with them: the page, and the description of the API', () => {
  const files = readdirSync(join(ROOT, 'build', 'site'), { recursive: true });
  expect(files).toEqual(expect.arrayContaining(['index.html', 'docs.html', 'docs.css']));
});

describe('a copy of the sources', () => {
  const copy = mkdtempSync(join(tmpdir(), 'amphora-copy-'));
  const app = () =>
    runNode(['bin/amphora.ts'], {
      cwd: copy,
      env: { CDK_OUTDIR: join(copy, 'cdk.out'), CDK_CONTEXT_JSON: '{"store":"sqlite"}', CDK_VALIDATION: 'false' },
    });
  const refusal = (sentence: string) => ({ code: 1, stdout: '', stderr: `amphora: ${sentence}\n` });
  const bundle = () => runNode(['scripts/bundle.ts', '--store', 'sqlite'], { cwd: copy });

  beforeAll(() => {
    for (const path of [
      'bin',
      'cost',
      'lib',
      'lambdas',
      'scripts',
      'dashboard',
      'cdk.json',
      'package.json',
      'package-lock.json',
    ]) {
      cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  test(
    'without bundles is refused in one sentence',
    async () => {
      expect(await app()).toEqual(refusal("the functions for store 'sqlite' are not bundled; run npm run bundle"));
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    'is taken once they are bundled, refused when a source changed since, and taken when bundled again',
    async () => {
      await bundle();
      expect((await app()).code).toBe(0);

      appendFileSync(join(copy, 'lambdas', 'health.ts'), '\n');
      expect(await app()).toEqual(
        refusal("the bundled functions for store 'sqlite' are older than their sources; run npm run bundle"),
      );

      await bundle();
      expect(bundleProblem(copy, 'sqlite')).toBeUndefined();
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    'whose page changed since it was built is refused until it is built again',
    async () => {
      await bundle();
      appendFileSync(join(copy, 'dashboard', 'style.css'), '/**/\n');
      expect(await app()).toEqual(refusal('the built page is older than its sources; run npm run bundle'));
      await bundle();
      expect((await app()).code).toBe(0);
      rmSync(join(copy, 'build', 'site.hash'));
      expect(await app()).toEqual(refusal('the page is not built; run npm run bundle'));
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    'is not bundled again when nothing changed',
    async () => {
      await bundle();
      const before = statSync(manifestFile(copy, 'sqlite')).mtimeMs;
      await bundle();
      expect(statSync(manifestFile(copy, 'sqlite')).mtimeMs).toBe(before);
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    'that cannot be bundled keeps the bundles it had, which are refused as older',
    async () => {
      appendFileSync(join(copy, 'lambdas', 'health.ts'), "\nimport './no-such-file.ts';\n");
      const { code, stderr } = await bundle();
      expect({ code, told: stderr.includes('no-such-file'), trace: /\n\s+at /.test(stderr) }).toEqual({
        code: 1,
        told: true,
        trace: false,
      });
      expect(bundleProblem(copy, 'sqlite')).toMatch(/older than their sources/);
      expect(readdirSync(join(copy, 'build', 'functions'))).toEqual(['sqlite']);
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    'with a setting that makes no sense is refused in one sentence',
    async () => {
      const env = { CDK_OUTDIR: join(copy, 'cdk.out'), CDK_CONTEXT_JSON: '{"topicRoot":"a/#"}' };
      expect(await runNode(['bin/amphora.ts'], { cwd: copy, env })).toEqual({
        code: 1,
        stdout: '',
        stderr:
          "amphora: setting topicRoot is 'a/#', but must be one topic level: letters, digits, - and _, at most 64\n",
      });
    },
    SYNTHESIS_TIMEOUT_MS,
  );
});

test('a bundle that grew, or is new, is told with its size and what to type', () => {
  const accepted = { sqlite: { ingest: 1_000, read: 1_000 } };
  expect(sizeProblems(accepted, 'sqlite', { ingest: 1_101, read: 1_100, twin: 5 })).toEqual([
    "ingest for store 'sqlite' is 1101 bytes, 10 % more than the accepted 1000; make it smaller, or type npm run bundle -- --accept-sizes",
    "twin for store 'sqlite' has no accepted size; type npm run bundle -- --accept-sizes",
  ]);
});

test('a store that does not exist is refused by name', async () => {
  expect(await runNode(['scripts/bundle.ts', '--store', 'papyrus'], { cwd: ROOT })).toEqual({
    code: 2,
    stdout: '',
    stderr: "amphora: there is no store 'papyrus'; take influxdb or sqlite\n",
  });
});
