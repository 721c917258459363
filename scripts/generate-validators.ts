/**
 * reading.schema.json -> three checked-in files: reading.generated.js and .d.ts, the validator compiled by ajv and its types;
 * and fields.generated.ts, the fields with their units, for who only reads and needs no validator. A test runs the same and
 * compares bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { buildSync } from 'esbuild';

const FOLDER = new URL('../lambdas/telemetry/', import.meta.url);
const HEADER = '// Made by `npm run validators` from reading.schema.json; do not edit.\n';

type Property = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly 'x-unit'?: string;
};
type Schema = { readonly properties: Readonly<Record<string, Property>> };

export type Generated = { readonly js: string; readonly dts: string; readonly fields: string };

export function generateValidators(): Generated {
  const schema: Schema = JSON.parse(readFileSync(new URL('reading.schema.json', FOLDER), 'utf8'));
  return {
    js: HEADER + validatorCode(schema),
    dts: HEADER + declarations(schema),
    fields: HEADER + tables(schema),
  };
}

// Every function that judges samples carries the code: without its sentences, of which parse-reading.ts has better ones, and
// without what the schema says to people, it is half as long.
function validatorCode(schema: Schema): string {
  const ajv = new Ajv2020({
    allErrors: true,
    messages: false,
    code: { source: true, esm: true, lines: true },
    allowUnionTypes: true,
  });
  const code = shortened(standalone.default(ajv, { validateSample: ajv.compile(withoutWords(schema)) && 'reading' }));
  // ajv's standalone output requires its own runtime; bundled, it stands alone.
  const built = buildSync({
    stdin: { contents: code, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    format: 'esm',
    write: false,
    charset: 'utf8',
    legalComments: 'none',
  });
  return built.outputFiles[0]?.text ?? '';
}

// Of each of its eighty errors: where in the schema it stands and the sign of its comparison, which nobody reads, and the lines
// to put it into a list.
function shortened(code: string): string {
  const errors = code
    .replaceAll(/schemaPath:"[^"]*",|comparison: "[<>]=", /g, '')
    .replaceAll(
      /const (err\d+) = \{instancePath(?::(.*?))?,keyword:("\w+"),params:(\{.*?\})\};\s*if\(vErrors === null\)\{\s*vErrors = \[\1\];\s*\}\s*else \{\s*vErrors\.push\(\1\);\s*\}/g,
      (_all, _name, path = 'instancePath', keyword, params) =>
        `vErrors = withError(vErrors, ${path}, ${keyword}, ${params});`,
    );
  return `${errors}\nfunction withError(errors, instancePath, keyword, params) { const all = errors ?? []; all.push({ instancePath, keyword, params }); return all; }\n`;
}

function withoutWords(schema: Schema): object {
  const forPeople = new Set(['title', 'description', 'x-unit']);
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      forPeople.has(key) && typeof value === 'string' ? undefined : value,
    ),
  );
}

function tables(schema: Schema): string {
  const units = Object.entries(schema.properties).flatMap(([name, { 'x-unit': unit }]) =>
    unit === undefined ? [] : [[name, unit]],
  );
  return [
    `export const FIELD_UNITS: Readonly<Record<string, string>> = ${JSON.stringify(Object.fromEntries(units), null, 2)};`,
    `export const STATES: readonly string[] = ${JSON.stringify(schema.properties['state']?.enum ?? [])};`,
    `export const FIELDS: readonly string[] = ${JSON.stringify(Object.keys(schema.properties))};`,
    '',
  ].join('\n');
}

function declarations(schema: Schema): string {
  const members = Object.entries(schema.properties).map(
    ([name, property]) => `  readonly ${name}?: ${typeOf(property)};`,
  );
  return [
    '/** A sample as a device may send it; units in fields.generated.ts, ranges in reading.schema.json. */',
    'export type SampleFields = {',
    ...members,
    '};',
    'export type FieldError = {',
    '  readonly instancePath: string;',
    '  readonly keyword: string;',
    '  readonly params: Readonly<Record<string, unknown>>;',
    '};',
    'export const validateSample: {',
    '  (data: unknown): data is SampleFields;',
    '  errors: readonly FieldError[] | null;',
    '};',
    '',
  ].join('\n');
}

function typeOf(property: Property): string {
  if (property.enum !== undefined) return property.enum.map((word) => `'${word}'`).join(' | ');
  const types = typeof property.type === 'string' ? [property.type] : (property.type ?? []);
  return types.map((type) => ({ integer: 'number', array: 'readonly unknown[]' })[type] ?? type).join(' | ');
}

if (import.meta.main) {
  const { js, dts, fields } = generateValidators();
  writeFileSync(new URL('reading.generated.js', FOLDER), js);
  writeFileSync(new URL('reading.generated.d.ts', FOLDER), dts);
  writeFileSync(new URL('fields.generated.ts', FOLDER), fields);
  process.stdout.write(
    `reading.generated.js ${js.length} characters, reading.generated.d.ts ${dts.length} characters\n`,
  );
}
