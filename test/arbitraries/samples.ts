/** What reading.schema.json says of each field, and samples of any kind that it takes. */
import fc from 'fast-check';
import schema from '../../lambdas/telemetry/reading.schema.json' with { type: 'json' };

type Property = {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly 'x-unit'?: string;
};

export type NumberField = {
  readonly field: string;
  readonly unit: string;
  readonly min: number;
  /** Infinity where the schema has no upper end. */
  readonly max: number;
  readonly isInteger: boolean;
};

export type TextField = { readonly field: string; readonly pattern: RegExp };

const properties: readonly (readonly [string, Property])[] = Object.entries(schema.properties);

export const ALL_FIELDS: readonly string[] = properties.map(([field]) => field);

export const NUMBER_FIELDS: readonly NumberField[] = properties.flatMap(
  ([field, { type, minimum, maximum, ...rest }]) =>
    type === 'number' || type === 'integer'
      ? [
          {
            field,
            unit: rest['x-unit'] ?? '',
            min: minimum ?? Number.NEGATIVE_INFINITY,
            max: maximum ?? Number.POSITIVE_INFINITY,
            isInteger: type === 'integer',
          },
        ]
      : [],
);

export const TEXT_FIELDS: readonly TextField[] = properties.flatMap(([field, { type, pattern }]) =>
  type === 'string' && pattern !== undefined ? [{ field, pattern: new RegExp(pattern, 'u') }] : [],
);

export const STATE_WORDS: readonly string[] = schema.properties.state.enum;

const numberOf = ({ min, max, isInteger }: NumberField): fc.Arbitrary<number> =>
  isInteger
    ? fc.integer({ min, max: Math.min(max, 2 ** 31 - 1) })
    : fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true, min, max: Math.min(max, Number.MAX_VALUE) }),
        fc.integer({ min, max: Math.min(max, 50) }),
      );

// Any UTF-16 at all, halves of pairs and control characters included, as far as the schema takes it.
const textOf = ({ pattern }: TextField): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom('a', '7', 'ä'),
        fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((units) => units.join(''))
    .filter((text) => pattern.test(text));

/** The measured fields of a sample, each within its range; never empty, without `power`, which excludes the pair. */
export const arbFields: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record(
    {
      ...Object.fromEntries(
        NUMBER_FIELDS.filter(({ field }) => field !== 'power').map((one) => [one.field, numberOf(one)]),
      ),
      ...Object.fromEntries(TEXT_FIELDS.map((one) => [one.field, textOf(one)])),
      state: fc.constantFrom(...STATE_WORDS),
      cells: fc.array(fc.double({ noNaN: true, min: 0, max: 16 }), { minLength: 1, maxLength: 4 }),
      alarms: fc.subarray(['lowSoc:warning', 'lowSoc:alarm', 'other:alarm', 'doorOpen:warning']),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((fields) => Object.keys(fields).some((field) => field !== 'seq' && field !== 'boot'));
