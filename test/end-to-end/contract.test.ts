import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../lambdas/api/routes.ts';
import type { Amphora } from './amphora.ts';
import type { Answer } from './http.ts';
import { startLocal } from './local.ts';
import { allRows } from './pages.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onTargets } from './target.ts';

type Row = {
  readonly title: string;
  readonly send: {
    readonly method: string;
    readonly path: string;
    readonly body?: string;
    /** null: none is sent. */
    readonly contentType?: string | null;
  };
  readonly answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** The very bytes. */
    readonly text?: string;
    /** All of the JSON. */
    readonly body?: unknown;
    /** Some of the JSON's members. */
    readonly members?: Readonly<Record<string, unknown>>;
    /** The only member, and what it says among other things. */
    readonly sentence?: { readonly in: 'error' | 'message'; readonly says: string };
  };
};

const golden: Readonly<Record<string, readonly Row[]>> = JSON.parse(
  readFileSync(new URL('../golden/contract.json', import.meta.url), 'utf8'),
);

const START_MS = 130_000;
const TEST_MS = 30_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

describe.each(Object.entries(golden))('the contract: %s', (_group, rows) => {
  beforeAll(async () => {
    await amphora.drained();
  }, TEST_MS);

  test.each(rows)(
    '$title',
    async ({ send, answer }) => {
      const { contentType = send.body === undefined ? null : 'application/json' } = send;
      const got = await amphora.ask(send.path, {
        method: send.method,
        headers: contentType === null ? {} : { 'content-type': contentType },
        ...(send.body === undefined ? {} : { body: send.body }),
      });
      expect(got.status).toBe(answer.status);
      expect(got.headers['content-type']).toBe('application/json');
      expect(got.headers).toMatchObject(answer.headers ?? {});
      expectBody(got, answer);
    },
    TEST_MS,
  );
});

function expectBody(got: Answer, { text, body, members, sentence }: Row['answer']): void {
  if (text !== undefined) expect(got.text).toBe(text);
  if (body !== undefined) expect(got.body).toEqual(body);
  if (members !== undefined) expect(got.body).toMatchObject(members);
  if (sentence !== undefined) expect(got.body).toEqual({ [sentence.in]: expect.stringContaining(sentence.says) });
}

describe('GET /read', () => {
  test(
    'begin and end left out, empty, and written out as -1h and now() ask for the same rows',
    async () => {
      const answers = await Promise.all(
        ['/read', '/read?begin=&end=', '/read?begin=-1h&end=now()', '/read?begin=-60m'].map((path) =>
          amphora.get(path),
        ),
      );
      const [first, ...others] = answers.map(({ body }) => body);
      // 5 readings of POST /charge, 1 of /writeCharge and 1 of /discharge lie in the last hour.
      expect(first).toHaveLength(7);
      for (const other of others) expect(other).toEqual(first);
    },
    TEST_MS,
  );

  test(
    'pages of the original rows join to all of them in order, without loss or repetition',
    async () => {
      const firstMs = Date.parse('2025-03-01T00:00:00Z');
      const samples = Array.from({ length: 10_700 }, (_, i) =>
        i % 2 === 0 ? { timestamp: firstMs + i, charge: i / 10 } : { timestamp: firstMs + i, discharge: i / 10 },
      );
      for (let i = 0; i < samples.length; i += 500) {
        const { status } = await amphora.post('/batteries/pages/telemetry', { samples: samples.slice(i, i + 500) });
        expect(status).toBe(202);
      }
      await amphora.drained();
      const range = 'begin=2025-03-01T00:00:00Z&end=2025-03-02T00:00:00Z';
      const { rows, pages } = await allRows(amphora, `/read?battery=pages&${range}`);
      const values = rows.map(({ charge, discharge }) => charge ?? discharge);
      const evenThenOdd = [0, 1].flatMap((rest) => samples.flatMap((_, i) => (i % 2 === rest ? [i / 10] : [])));
      expect(pages.map((page) => page.length)).toEqual([10_000, 700]);
      expect(values).toEqual(evenThenOdd);
      // A page that ends among the charge rows goes on with them, and then has all discharge rows.
      const small = await allRows(amphora, `/read?limit=3000&battery=pages&${range}`);
      expect(small.pages.map((page) => page.length)).toEqual([3000, 3000, 3000, 1700]);
      expect(small.rows).toEqual(rows);
      const wide = await allRows(amphora, `/read?shape=wide&limit=1500&battery=pages&${range}`);
      expect(wide.rows.map(({ charge, discharge }) => charge ?? discharge)).toEqual(samples.map((_, i) => i / 10));
      const newest = await allRows(amphora, `/read?shape=wide&limit=4000&order=newest&battery=pages&${range}`);
      expect(newest.rows).toEqual([...wide.rows].reverse());
    },
    TEST_MS,
  );
});

describe('GET /livedata and GET /batteries', () => {
  test(
    'with a battery, each value carries its time, age and quality',
    async () => {
      const { body } = await amphora.get('/livedata?battery=golden');
      const at = '2025-02-05T12:00:02+00:00';
      expect(body).toMatchObject({
        battery: 'golden',
        simulated: false,
        charge: { value: 1, unit: 'kW', at, quality: 'stale', ageMs: expect.any(Number) },
        discharge: { value: 2.5, unit: 'kW', at: '2025-02-05T12:00:00+00:00', quality: 'stale' },
        soc: { value: 100, unit: '%' },
        state: { value: 'discharging' },
        voltage: { value: 12, unit: 'V' },
      });
    },
    TEST_MS,
  );

  test(
    'the batteries known are listed by id with the times first and last seen',
    async () => {
      const { status, body } = await amphora.get('/batteries');
      expect(status).toBe(200);
      expect(body).toEqual([
        { id: 'default', firstAt: '2025-02-05T12:00:00+00:00', lastAt: expect.any(String), simulated: false },
        {
          id: 'golden',
          firstAt: '2025-02-05T12:00:00+00:00',
          lastAt: '2025-02-05T12:00:02+00:00',
          simulated: false,
        },
        {
          id: 'pages',
          firstAt: '2025-03-01T00:00:00+00:00',
          lastAt: '2025-03-01T00:00:10.699+00:00',
          simulated: false,
        },
      ]);
    },
    TEST_MS,
  );
});

describe('the description of the API', () => {
  test(
    'GET /swagger.json is OpenAPI 3.1 and has every route of the table, and no other',
    async () => {
      const { status, headers, text } = await amphora.get('/swagger.json');
      const description: { readonly openapi: string; readonly paths: Readonly<Record<string, object>> } =
        JSON.parse(text);
      const described = Object.entries(description.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('application/json');
      expect(description.openapi).toMatch(/^3\.1\./);
      expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    },
    TEST_MS,
  );

  onTargets(LOCAL, 'the page at the same port', () => {
    test(
      'GET /docs is a page that names every route and loads nothing from another origin',
      async () => {
        const local = await startLocal();
        const { status, headers, text } = await local.get('/docs');
        expect(status).toBe(200);
        expect(headers['content-type']).toMatch(/^text\/html/);
        expect(headers['content-security-policy']).toContain("default-src 'none'");
        for (const { path } of ROUTES) expect(text).toContain(path);
        const loaded = [...text.matchAll(/<(?:script|link|img)[^>]*\s(?:src|href)="([^"]*)"/g)].map(
          ([, at = '']) => at,
        );
        expect(loaded.length).toBeGreaterThan(0);
        for (const at of loaded) {
          const url = new URL(at, `${local.url}/docs`);
          expect(url.origin).toBe(local.url);
          expect((await local.get(url.pathname)).status).toBe(200);
        }
        expect(text).not.toMatch(/<script>|\son\w+=|<style/);
        await local.end('SIGTERM');
      },
      START_MS,
    );
  });
});
