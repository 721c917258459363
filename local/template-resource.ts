/** A resource of the template, its references resolved, and how its members are read. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';

export type Properties = Readonly<Record<string, unknown>>;
export type Resource = { readonly logicalId: string; readonly type: string; readonly properties: Properties };

export function recordOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function textOf(value: unknown, absent: string): string {
  return typeof value === 'string' ? value : absent;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function broken(what: string): AmphoraError {
  return new AmphoraError('setting-invalid', `the synthesized template cannot be run: ${what}`, { retry: false });
}
