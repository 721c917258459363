import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Caller, ConnectFacts } from '../../../local/iot-policy/caller.ts';
import { type Action, judgeOf, type Verdict } from '../../../local/iot-policy/evaluate.ts';
import { parsePolicy } from '../../../local/iot-policy/policy.ts';

type Group = {
  /** Of the AWS IoT developer guide. */
  readonly page: string;
  readonly title: string;
  readonly policy: unknown;
  readonly asks: readonly {
    readonly caller: Caller;
    readonly action: Action;
    readonly resource: string;
    readonly connect?: ConnectFacts;
    readonly expect: Verdict;
  }[];
};

const groups: readonly Group[] = JSON.parse(
  readFileSync(new URL('../../golden/iot-policy.json', import.meta.url), 'utf8'),
);

describe('the examples of AWS’s own pages', () => {
  test.each(groups)('$page: $title', ({ title, policy, asks }) => {
    const policies = [parsePolicy(title, policy)];
    const verdicts = asks.map(({ caller, ...question }) => judgeOf(policies, caller)(question));
    expect(verdicts).toEqual(asks.map((ask) => ask.expect));
  });

  test('each of those pages has a case that is allowed and one that is denied', () => {
    const pages = [...new Set(groups.map(({ page }) => page))];
    const asked = (page: string): readonly Verdict[] =>
      groups.filter((group) => group.page === page).flatMap(({ asks }) => asks.map((ask) => ask.expect));
    expect(pages.length).toBeGreaterThanOrEqual(9);
    expect(pages.filter((page) => !asked(page).includes('ALLOWED'))).toEqual([]);
    expect(pages.filter((page) => !asked(page).includes('IMPLICIT_DENY'))).toEqual([]);
  });
});

const ARN = 'arn:aws:iot:us-east-1:000000000000:';

function verdict(statements: readonly object[], caller: Caller, action: Action, resource: string): Verdict {
  return judgeOf([parsePolicy('p', { Statement: statements })], caller)({ action, resource: `${ARN}${resource}` });
}

const allow = (Action: string | readonly string[], resource: string) => ({
  Effect: 'Allow',
  Action,
  Resource: `${ARN}${resource}`,
});

describe('a judgement', () => {
  test('without any policy, or with one that has no statement of the action, is a denial', () => {
    expect(judgeOf([], { clientId: 'a' })({ action: 'iot:Connect', resource: `${ARN}client/a` })).toBe('IMPLICIT_DENY');
    expect(verdict([allow('iot:Publish', '*')], { clientId: 'a' }, 'iot:Receive', 'topic/a')).toBe('IMPLICIT_DENY');
  });

  test('of two policies is the sum of what they allow, and one denial is enough', () => {
    const policies = [
      parsePolicy('one', { Statement: allow('iot:Publish', 'topic/a') }),
      parsePolicy('two', {
        Statement: [allow('iot:Publish', 'topic/*'), { ...allow('iot:*', '*/b'), Effect: 'Deny' }],
      }),
    ];
    const judge = judgeOf(policies, { clientId: 'x' });
    expect(judge({ action: 'iot:Publish', resource: `${ARN}topic/c` })).toBe('ALLOWED');
    expect(judge({ action: 'iot:Publish', resource: `${ARN}topic/b` })).toBe('EXPLICIT_DENY');
  });

  test.each([
    ['iot:*', 'ALLOWED'],
    ['*', 'ALLOWED'],
    ['iot:Pub*', 'ALLOWED'],
    ['IOT:PUBLISH', 'ALLOWED'],
    ['iot:Publis?', 'ALLOWED'],
    ['iot:RetainPublish', 'IMPLICIT_DENY'],
    ['iot:Publish2', 'IMPLICIT_DENY'],
    ['s3:*', 'IMPLICIT_DENY'],
  ] as const)('the action %s of a policy makes a publish %s', (action, expected) => {
    expect(verdict([allow(action, 'topic/a')], { clientId: 'x' }, 'iot:Publish', 'topic/a')).toBe(expected);
  });

  test('a topic of another region, account or kind is another topic', () => {
    const caller = { clientId: 'x' };
    for (const foreign of [
      'arn:aws:iot:eu-west-1:000000000000:topic/a',
      'arn:aws:iot:us-east-1:111111111111:topic/a',
      `${ARN}topicfilter/a`,
      `${ARN}client/a`,
    ]) {
      const policy = parsePolicy('p', { Statement: { Effect: 'Allow', Action: 'iot:*', Resource: foreign } });
      expect(judgeOf([policy], caller)({ action: 'iot:Publish', resource: `${ARN}topic/a` })).toBe('IMPLICIT_DENY');
    }
  });

  test.each(['*', '?', '+', '#', '${iot:ClientId}', '*/*', 'a*'])(
    'a client that calls itself %j has no more than its own topic',
    (clientId) => {
      const statements = [allow('iot:Publish', 'topic/of/${iot:ClientId}/t')];
      const asks = ['topic/of/boat/t', 'topic/of/x/t', 'topic/of/a/t', 'topic/of/ab/t'];
      const others = asks.map((topic) => verdict(statements, { clientId }, 'iot:Publish', topic));
      expect(new Set(others)).toEqual(new Set(['IMPLICIT_DENY']));
      expect(verdict(statements, { clientId }, 'iot:Publish', `topic/of/${clientId}/t`)).toBe('ALLOWED');
    },
  );

  test.each([
    '${iot:Connection.Thing.ThingName}',
    '${iot:Connection.Thing.ThingTypeName}',
    '${iot:Connection.Thing.Attributes[site]}',
    '${iot:CertificateId}',
    '${iot:Certificate.Subject.CommonName}',
    '${iot:clientid}',
    '${aws:SourceIp}',
    '${constructor}',
    '${}',
  ])('a variable without a value, %s, is no topic: neither the empty one nor its own text', (variable) => {
    const statements = [allow('iot:Publish', `topic/${variable}`)];
    for (const topic of ['topic/', `topic/${variable}`, 'topic/undefined', 'topic/x'])
      expect(verdict(statements, { clientId: 'x' }, 'iot:Publish', topic)).toBe('IMPLICIT_DENY');
  });

  test('${*} and ${?} are those characters themselves', () => {
    const statements = [allow('iot:Publish', 'topic/a${*}b${?}')];
    expect(verdict(statements, { clientId: 'x' }, 'iot:Publish', 'topic/a*b?')).toBe('ALLOWED');
    expect(verdict(statements, { clientId: 'x' }, 'iot:Publish', 'topic/axxbx')).toBe('IMPLICIT_DENY');
  });
});
