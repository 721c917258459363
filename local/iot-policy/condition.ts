/**
 * The condition block of a policy statement, with the operators that the pages of AWS IoT's policy examples use. Values
 * that a request lacks count as in IAM ("Creating a condition with multiple keys or values").
 */
import { matchesPattern, type Pattern } from './pattern.ts';

export type Condition = {
  readonly key: string;
  readonly values: readonly string[];
  readonly compare: Compare;
  /** Which of the request's values have to pass. `first`: the key has one value. */
  readonly quantifier: 'first' | 'all' | 'any';
  readonly isNegated: boolean;
};

type Compare = 'equal' | 'equal-ignoring-case' | 'like';
type Operator = Pick<Condition, 'compare' | 'isNegated'>;

const OPERATORS: Readonly<Record<string, Operator>> = {
  Bool: { compare: 'equal-ignoring-case', isNegated: false },
  StringEquals: { compare: 'equal', isNegated: false },
  StringNotEquals: { compare: 'equal', isNegated: true },
  StringEqualsIgnoreCase: { compare: 'equal-ignoring-case', isNegated: false },
  StringNotEqualsIgnoreCase: { compare: 'equal-ignoring-case', isNegated: true },
  StringLike: { compare: 'like', isNegated: false },
  StringNotLike: { compare: 'like', isNegated: true },
  // IAM: ArnEquals and ArnLike behave alike, wildcards included.
  ArnEquals: { compare: 'like', isNegated: false },
  ArnLike: { compare: 'like', isNegated: false },
  ArnNotEquals: { compare: 'like', isNegated: true },
  ArnNotLike: { compare: 'like', isNegated: true },
};
const QUANTIFIERS: Readonly<Record<string, Condition['quantifier']>> = { ForAllValues: 'all', ForAnyValue: 'any' };

/** A text is why it cannot be read. */
export function parseConditions(block: unknown): readonly Condition[] | string {
  if (block === undefined) return [];
  if (!isRecord(block)) return 'Condition is not an object';
  const conditions: Condition[] = [];
  for (const [name, keys] of Object.entries(block)) {
    const [operatorName = '', quantifierName] = name.split(':').reverse();
    const operator = ownOf(OPERATORS, operatorName);
    const quantifier = quantifierName === undefined ? 'first' : ownOf(QUANTIFIERS, quantifierName);
    if (operator === undefined || quantifier === undefined) return `the condition operator ${name} is not understood`;
    if (!isRecord(keys)) return `the condition ${name} is not an object`;
    for (const [key, value] of Object.entries(keys)) {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      conditions.push({ key, values: values.map(String), quantifier, ...operator });
    }
  }
  return conditions;
}

/** `values`: what the request has for the key; undefined when it has none. `patternOf` puts variables in. */
export function holds(
  condition: Condition,
  values: readonly string[] | undefined,
  patternOf: (text: string) => Pattern | undefined,
): boolean {
  const passes = (value: string): boolean =>
    condition.isNegated !== condition.values.some((wanted) => isSame(condition.compare, patternOf(wanted), value));
  switch (condition.quantifier) {
    case 'all':
      return (values ?? []).every(passes);
    case 'any':
      return (values ?? []).some(passes);
    case 'first':
      return values?.[0] === undefined ? condition.isNegated : passes(values[0]);
  }
}

function isSame(compare: Compare, wanted: Pattern | undefined, value: string): boolean {
  if (wanted === undefined) return false;
  if (compare === 'like') return matchesPattern(wanted, value);
  const text = wanted.map((piece) => piece.text).join('');
  return compare === 'equal' ? text === value : text.toLowerCase() === value.toLowerCase();
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names come from a document: `constructor` must not find what every object has. */
const ownOf = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
