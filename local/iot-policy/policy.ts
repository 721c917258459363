/**
 * An AWS IoT policy document, read strictly: what is not understood here refuses the whole policy, for a statement that
 * is left out could be the one that denies. (AWS: "AWS IoT Core policies".)
 */
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { type Condition, parseConditions } from './condition.ts';

export type Policy = { readonly name: string; readonly statements: readonly Statement[] };

export type Statement = {
  readonly effect: 'Allow' | 'Deny';
  /** `iot:Publish`, with `*` and `?` as wildcards. */
  readonly actions: readonly string[];
  /** ARNs or `*`, with wildcards and variables. */
  readonly resources: readonly string[];
  /** All must hold. */
  readonly conditions: readonly Condition[];
};

const MEMBERS: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);

/** `document` as the template or the API has it: an object, or its JSON text. */
export function parsePolicy(name: string, document: unknown): Policy {
  const { Statement: statements } = recordOf(typeof document === 'string' ? jsonOf(name, document) : document);
  const list = Array.isArray(statements) ? statements : [statements];
  return { name, statements: list.map((one, index) => statementOf(recordOf(one), `${name}, statement ${index + 1}`)) };
}

function statementOf(statement: Readonly<Record<string, unknown>>, where: string): Statement {
  const { Effect: effect, Action: action, Resource: resource, Condition: condition } = statement;
  const unknown = Object.keys(statement).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) throw unreadable(where, `${unknown} is not understood`);
  if (effect !== 'Allow' && effect !== 'Deny') throw unreadable(where, 'Effect is neither Allow nor Deny');
  const conditions = parseConditions(condition);
  if (typeof conditions === 'string') throw unreadable(where, conditions);
  return { effect, actions: textsOf(action, where), resources: textsOf(resource, where), conditions };
}

function textsOf(value: unknown, where: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((one) => typeof one === 'string');
  if (texts.length !== list.length || texts.length === 0) {
    throw unreadable(where, 'Action and Resource must be texts or lists of texts');
  }
  return texts;
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(name, 'it is not JSON', cause);
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function unreadable(where: string, what: string, cause?: unknown): AmphoraError {
  return new AmphoraError(
    'setting-invalid',
    `the IoT policy ${where} cannot be judged here: ${what}; start without --device-auth, or change the policy`,
    { retry: false, cause },
  );
}
