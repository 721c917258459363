import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ROUTES } from '../../lambdas/api/routes.ts';
import type { Amphora } from './amphora.ts';
import { failures } from './refusals.ts';
import { startAmphora } from './start.ts';

const START_MS = 130_000;
// Some of the requests are GET /redrive, which waits two seconds at an empty queue, and each takes 0.1 s in an emulator.
const TEST_MS = 240_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

const FIELDS = [
  'charge',
  'discharge',
  'unit',
  'timestamp',
  'soc',
  'power',
  'cells',
  'alarms',
  'state',
  'boot',
  'seq',
  'samples',
  'received',
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '1e400',
  '-1e400',
  '1e-400',
  '0.1',
  '9007199254740993',
  '1738756800000',
  '00',
  '1.',
  'NaN',
];

const arbKey = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FIELDS) }, fc.string({ maxLength: 12 }));
const { value: arbValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...NUMBERS, 'null', 'true', 'false', '"kW"', '"charging"', '"2025-02-05T12:00:00Z"', '"x:alarm"'),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(arbKey, tie('value')), { maxLength: 5 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${String(value)}`).join(',')}}`),
  ),
}));
const arbBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: arbValue.map((text) => Buffer.from(String(text))) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

// A path as it stands in a request line: no blanks, no control characters, no bytes beyond ASCII.
const arbSegment = fc.oneof(
  fc.constantFrom(
    'boat',
    'demo',
    'Boat',
    'charge',
    '..',
    '.',
    '',
    '%2e%2e',
    '%2F',
    '%00',
    '%ff',
    'telemetry',
    '{id}',
    '*',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
  fc.stringMatching(/^[!-"$->@-~]{0,12}$/),
);
const arbPath = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...ROUTES), arbSegment).map(([{ path }, id]) => path.replace('{id}', id)),
  },
  { weight: 2, arbitrary: fc.array(arbSegment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`) },
);
const arbQuery = fc.array(
  fc.tuple(
    fc.constantFrom('begin', 'end', 'battery', 'shape', 'points', 'limit', 'order', 'after', 'x', ''),
    fc.oneof(
      fc.constantFrom(
        '-1h',
        'now()',
        'wide',
        'series',
        'rows',
        '1',
        '0',
        'newest',
        '2025-01-01T00:00:00Z',
        'charge.0.0',
        '1.1',
        '%',
        '%00',
        '+',
      ),
      fc.string({ unit: 'binary', maxLength: 16 }).map((text) => encodeURIComponent(text.toWellFormed())),
    ),
  ),
  { maxLength: 4 },
);
const arbHeaders = fc.dictionary(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'cookie',
    'x-forwarded-for',
    'user-agent',
    'authorization',
    'range',
    'origin',
    'content-encoding',
    'if-none-match',
    'x-amz-target',
    'forwarded',
  ),
  fc.stringMatching(/^[!-~]{0,40}$/),
  { maxKeys: 3 },
);
const arbType = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'application/senml+json'),
  },
  fc.constantFrom('text/plain', 'application/octet-stream', 'multipart/form-data', 'application/jsonp', ';'),
);
const arbRequest = fc.record({
  method: fc.oneof(
    { weight: 3, arbitrary: fc.constant('POST') },
    fc.constantFrom('GET', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'),
  ),
  path: arbPath,
  query: arbQuery,
  headers: arbHeaders,
  type: arbType,
  body: arbBody,
});

test(
  'no request is answered by a 5xx or a stack, and all but the page’s own files are answered in JSON',
  async () => {
    await fc.assert(
      fc.asyncProperty(arbRequest, async ({ method, path, query, headers, type, body }) => {
        const asked = query.length === 0 ? path : `${path}?${query.map(([key, value]) => `${key}=${value}`).join('&')}`;
        const answer = await amphora.ask(asked, { method, headers: { ...headers, 'content-type': type }, body });
        expect(answer.status).toBeGreaterThanOrEqual(200);
        expect(answer.status).toBeLessThan(500);
        expect(answer.text).not.toMatch(/\n\s+at |node_modules/);
        const isPage = answer.status === 200 && answer.headers['content-security-policy'] !== undefined;
        if (isPage) expect(['GET', 'HEAD']).toContain(method);
        else expect(answer.headers['content-type']).toBe('application/json');
        if (!isPage && method !== 'HEAD') expect(answer.body).toBeDefined();
      }),
      { numRuns: 300 },
    );
  },
  TEST_MS,
);

test(
  'every message is acknowledged, and stored or kept, and what was kept has its very bytes',
  async () => {
    const device = await amphora.device();
    const arbTopic = fc.constantFrom('battery/charge', 'battery/discharge', 'battery/fuzz/telemetry');
    const sent: string[] = [];
    const before = (await amphora.drained()).kept;
    await fc.assert(
      fc.asyncProperty(arbTopic, arbBody, async (topic, payload) => {
        sent.push(payload.toString('base64'));
        await device.publish(topic, payload);
      }),
      { numRuns: 300 },
    );
    await device.end();
    const { kept } = await amphora.drained();
    const originals = new Set(sent);
    expect(kept).toBeGreaterThan(before + 200);
    for (const record of (await amphora.kept()).slice(before)) {
      expect(originals).toContain(record.original);
      expect(record.reason).toMatch(/\S+ \S+/);
    }
  },
  TEST_MS,
);

test('no function failed on any of it', async () => {
  expect(await failures(amphora)).toEqual([]);
});
