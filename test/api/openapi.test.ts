import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type DescribedOperation, openapi } from '../../lambdas/api/openapi.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { SCHEMAS } from '../../lambdas/api/schemas.ts';
import { auditAnswer } from '../../lambdas/audit/audit-answer.ts';
import { auditRange } from '../../lambdas/audit/audit-range.ts';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import { FIELD_UNITS, FIELDS } from '../../lambdas/telemetry/fields.generated.ts';
import { ingestMessage } from '../../lambdas/telemetry/ingest-message.ts';
import { MAX_SAMPLES } from '../../lambdas/telemetry/parse-message.ts';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { toPoints } from '../../lambdas/telemetry/point-time.ts';
import { readDemoLatest, readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { parseReadQuery } from '../../lambdas/telemetry/read-query.ts';
import { readDemoRows, readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';

const description = openapi('1.2.3');
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

// `format` is said for people; a date's text is the business of the instants' own tests.
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false, strictRequired: false });
ajv.addVocabulary(['x-unit']);
ajv.addVocabulary(['components']);
ajv.addSchema({ $id: 'amphora', components: description.components });

/** What is wrong with a value by a schema of the description; '' when nothing is. */
function faults(schema: object, value: unknown): string {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"amphora#/components');
  return ajv.validate(JSON.parse(text), value) ? '' : ajv.errorsText();
}

const named = (name: keyof typeof SCHEMAS): object => ({ $ref: `#/components/schemas/${name}` });

describe('the description of the API', () => {
  test('names its version of OpenAPI and the one of the program', () => {
    expect(description).toMatchObject({ openapi: '3.1.0', info: { title: 'Amphora', version: '1.2.3' } });
  });

  test('has every route of the table and no other', () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described.toSorted()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  test('asks for a token with the scope of the route table on every route but the public ones', () => {
    for (const { method, path, operation } of operations) {
      const route = ROUTES.find((one) => one.method === method && one.path === path);
      const isPublic = route?.access === 'public';
      expect({ path, security: operation.security }).toEqual({
        path,
        security: isPublic ? [] : [{ signIn: [route?.access] }],
      });
      if (!isPublic) expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
    }
    expect(Object.keys(description.components.securitySchemes)).toEqual(['signIn']);
  });

  test('refers only to what it holds', () => {
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const names = new Set(references.map(([, name]) => name));
    expect([...names].filter((name) => !Object.hasOwn(SCHEMAS, name ?? ''))).toEqual([]);
    expect(Object.keys(SCHEMAS).filter((name) => !names.has(name))).toEqual([]);
  });

  test('has an operation id of its own for each route, and every parameter of its path', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ROUTES.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name, required }) => (required === true ? `{${name}}` : name))).toEqual(
        path.match(/\{\w+\}/g) ?? [],
      );
    }
  });

  test('is made of schemas that JSON Schema 2020-12 takes', () => {
    for (const name of Object.keys(SCHEMAS)) {
      expect(() => ajv.compile({ $ref: `amphora#/components/schemas/${name}` })).not.toThrow();
    }
  });

  test('gives examples that are what it says', () => {
    const contents = operations.flatMap(({ operation }) => contentsOf(operation));
    const examples = contents.filter(({ example }) => example !== undefined);
    expect(examples.length).toBeGreaterThan(10);
    expect(examples.map(({ schema, example }) => faults(schema, example)).filter((fault) => fault !== '')).toEqual([]);
  });

  test('has every field of a sample, with the unit that the functions use', () => {
    const { properties } = SCHEMAS.Sample;
    expect(Object.keys(properties)).toEqual(FIELDS);
    const units = Object.entries(properties).flatMap(([name, schema]) =>
      'x-unit' in schema ? [[name, schema['x-unit']]] : [],
    );
    expect(Object.fromEntries(units)).toEqual(FIELD_UNITS);
  });

  test('says the same limits as the functions keep', () => {
    expect(SCHEMAS.Samples.properties.samples.maxItems).toBe(MAX_SAMPLES);
    const parameters = description.paths['/read']?.['get']?.parameters ?? [];
    const [limit, points] = ['limit', 'points'].map((name) => parameters.find((one) => one.name === name)?.schema);
    const none = parseReadQuery({}, 0 + 3_600_000);
    expect(none).toMatchObject({ ok: true, query: { limit: limit?.['default'], points: points?.['default'] } });
    for (const [name, schema] of Object.entries({ limit, points })) {
      expect(parseReadQuery({ [name]: String(schema?.['maximum']) }, Date.now()).ok).toBe(true);
      expect(parseReadQuery({ [name]: String(Number(schema?.['maximum']) + 1) }, Date.now()).ok).toBe(false);
    }
    for (const name of ['begin', 'end', 'shape', 'order']) {
      const byDefault = String(parameters.find((one) => one.name === name)?.schema['default']);
      expect(parseReadQuery({ [name]: byDefault }, 3_600_000)).toEqual(none);
    }
  });
});

describe('real answers are what the description says:', () => {
  const store = sqliteStore({ file: ':memory:' });
  const nowMs = (): number => Date.parse('2026-11-23T12:00:30Z');
  const range = { fromMs: nowMs() - 60_000, toMs: nowMs() };

  beforeAll(async () => {
    const samples: readonly (readonly [string, object])[] = [
      ['default', { timestamp: '2026-11-23T12:00:00Z', charge: 10 }],
      ['default', { timestamp: '2026-11-23T12:00:01Z', discharge: 4 }],
      ['boat', { timestamp: '2026-11-23T12:00:00Z', voltage: 14.5, current: 20, soc: 81, state: 'charging' }],
      [
        'boat',
        { voltage: 14.5, current: -2, cellVoltageMinId: 'c3', seq: 7, alarms: ['lowSoc:warning'], cells: [3.3, 3.4] },
      ],
    ];
    for (const [battery, sample] of samples) {
      const parsed = parseReading(sample, { receivedAtMs: nowMs() - 1000 });
      if (!parsed.ok) throw new Error(parsed.reason);
      await store.append(toPoints(battery, parsed.reading));
    }
  });
  afterAll(() => store.close());

  test('livedata, in four keys and of a battery, known or not', async () => {
    expect(faults(named('DemoLivedata'), await readDemoLatest({ store, nowMs })())).toBe('');
    for (const battery of ['boat', 'default', 'nobody']) {
      expect(faults(named('Livedata'), await readLatest({ store, nowMs })(battery))).toBe('');
    }
  });

  test('rows, in both shapes', async () => {
    const demo = await readDemoRows(store)({ battery: 'default', range, limit: 10 });
    const wide = await readWideRows(store)({ battery: 'boat', range, limit: 10, order: 'newest-first' });
    expect([demo?.rows.length, wide?.rows.length]).toEqual([2, 2]);
    expect(demo?.rows.map((row) => faults(named('DemoRow'), row))).toEqual(['', '']);
    expect(wide?.rows.map((row) => faults(named('WideRow'), row))).toEqual(['', '']);
  });

  test('a series, with samples and without', async () => {
    const full = await readSeries(store, nowMs)({ battery: 'boat', range, points: 10 });
    const empty = await readSeries(store, nowMs)({ battery: 'nobody', range, points: 10 });
    expect(Object.keys(full.fields)).toEqual(expect.arrayContaining(['voltage', 'charge']));
    expect([full, empty].map((series) => faults(named('Series'), series))).toEqual(['', '']);
  });

  test('an audit, with samples and without', async () => {
    for (const battery of ['boat', 'nobody']) {
      const asked = { battery, ...range };
      expect(faults(named('Audit'), auditAnswer(asked, await auditRange({ store, nowMs })(asked)))).toBe('');
    }
  });

  test('what the telemetry route accepted', () => {
    const { ok: _, ...message } = ingestMessage({ soc: 200, voltage: 14 }, nowMs());
    expect(message).toMatchObject({ accepted: 1, rejected: [{ field: 'soc' }] });
    expect(faults(named('Accepted'), message)).toBe('');
  });
});

type Described = { readonly schema: object; readonly example?: unknown };

function contentsOf({ requestBody, responses }: DescribedOperation): readonly Described[] {
  const contents = [requestBody?.content, ...Object.values(responses).map((response) => response.content)];
  return contents.flatMap((content) => (content === undefined ? [] : [content['application/json']]));
}
