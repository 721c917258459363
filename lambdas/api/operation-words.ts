/** The words that operations are written with, as OpenAPI 3.1 takes them. */
import { batteryId, type Schema } from './schema-words.ts';

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
};

export type Content = { readonly 'application/json': { readonly schema: Schema; readonly example?: unknown } };

export type Answer = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  readonly content?: Content;
};

export type Operation = {
  /** What the summary leaves out. */
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
};

export const json = (schema: Schema, example?: unknown): Content => ({
  'application/json': example === undefined ? { schema } : { schema, example },
});

export const battery = (description: string): Parameter => ({
  name: 'battery',
  in: 'query',
  description,
  schema: batteryId,
});
export const query = (name: string, description: string, schema: Schema): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
