/** What AWS IoT policies say to a request: an explicit deny goes before everything, and what nothing allows is denied. */
import { type Caller, type ConnectFacts, valuesOf } from './caller.ts';
import { holds } from './condition.ts';
import { matchesPattern, type Pattern, parsePattern } from './pattern.ts';
import type { Policy, Statement } from './policy.ts';

export type Action = 'iot:Connect' | 'iot:Publish' | 'iot:RetainPublish' | 'iot:Subscribe' | 'iot:Receive';

export type Question = {
  readonly action: Action;
  /** The ARN: `client/<id>` for Connect, `topicfilter/<filter>` for Subscribe, `topic/<topic>` for the others. */
  readonly resource: string;
  /** Of a CONNECT. */
  readonly connect?: ConnectFacts;
};

/** The words of iot:TestAuthorization. */
export type Verdict = 'ALLOWED' | 'EXPLICIT_DENY' | 'IMPLICIT_DENY';

export type Judge = (question: Question) => Verdict;

/** Variables are put in once: nothing that they stand for changes while a connection lasts. */
export function judgeOf(policies: readonly Policy[], caller: Caller): Judge {
  const statements = policies.flatMap((policy) => policy.statements.map((one) => prepared(one, caller)));
  const denials = statements.filter(({ effect }) => effect === 'Deny');
  const allowances = statements.filter(({ effect }) => effect === 'Allow');
  return (question) => {
    if (denials.some(({ speaksOf }) => speaksOf(question))) return 'EXPLICIT_DENY';
    return allowances.some(({ speaksOf }) => speaksOf(question)) ? 'ALLOWED' : 'IMPLICIT_DENY';
  };
}

type Prepared = Pick<Statement, 'effect'> & { readonly speaksOf: (question: Question) => boolean };

function prepared({ effect, actions, resources, conditions }: Statement, caller: Caller): Prepared {
  const patternOf = (text: string): Pattern | undefined =>
    parsePattern(text, (variable) => valuesOf(variable, caller)?.[0]);
  // Names of actions are not case-sensitive.
  const actionPatterns = actions.map((action) => patternOf(action.toLowerCase())).filter(isThere);
  const resourcePatterns = resources.map(patternOf).filter(isThere);
  return {
    effect,
    speaksOf: ({ action, resource, connect }) =>
      actionPatterns.some((pattern) => matchesPattern(pattern, action.toLowerCase())) &&
      resourcePatterns.some((pattern) => matchesPattern(pattern, resource)) &&
      conditions.every((condition) => holds(condition, valuesOf(condition.key, caller, connect), patternOf)),
  };
}

const isThere = (pattern: Pattern | undefined): pattern is Pattern => pattern !== undefined;
