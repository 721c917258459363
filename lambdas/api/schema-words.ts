/** The words that schemas are written with. */
import { BATTERY_ID_PATTERN } from '../batteries/battery.ts';

/** A JSON schema (2020-12), as OpenAPI 3.1 takes it; `x-unit` is the unit of a number. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly 'x-unit'?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly $ref?: string;
  readonly [keyword: string]: unknown;
};

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const text = (description: string): Schema => ({ type: 'string', description });
export const whole = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
export const kW = (description: string): Schema => ({ type: ['number', 'null'], 'x-unit': 'kW', description });
export const instant = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
export const instantOrNull = (description: string): Schema => ({ ...instant(description), type: ['string', 'null'] });
export const numbers = (description: string): Schema => ({ type: 'array', items: { type: 'number' }, description });

export const batteryId: Schema = { type: 'string', pattern: BATTERY_ID_PATTERN };
