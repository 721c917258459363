import { beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { functionVariables, ofType, ownFunctions, SYNTHESIS_TIMEOUT_MS, type Template, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };

  test('a rule runs the redrive every quarter of an hour, for as long; what is late by as much, or fails, is left to the next run', () => {
    const [[id, redrive] = ['', undefined], ...others] = ownFunctions(template()).filter(([one]) =>
      one.startsWith('Redrive'),
    );
    expect([others, redrive?.Properties['Timeout']]).toEqual([[], 900]);
    expect(
      ofType(template(), 'AWS::Lambda::EventInvokeConfig')
        .map(([, { Properties }]) => Properties)
        .filter(({ FunctionName }) => textOf(FunctionName) === `\${${id}}`),
    ).toEqual([
      {
        FunctionName: { Ref: id },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 900,
      },
    ]);
    const arn = { 'Fn::GetAtt': [id, 'Arn'] };
    const [[ruleId, rule] = ['', undefined], ...otherRules] = ofType(template(), 'AWS::Events::Rule');
    expect([otherRules, rule?.Properties]).toEqual([
      [],
      {
        Description: expect.any(String),
        ScheduleExpression: 'rate(15 minutes)',
        Targets: [{ Id: 'redrive', Arn: arn, RetryPolicy: { MaximumEventAgeInSeconds: 900 } }],
      },
    ]);
    const permissions = ofType(template(), 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(permissions.filter(({ Principal }) => textOf(Principal) === 'events.amazonaws.com')).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: arn,
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] },
      },
    ]);
  });

  test('the redrive is told of each failure queue, and of what the writer is told', () => {
    const variables = functionVariables(template());
    const { QUARANTINE_BUCKET, TOPIC_ROOT } = variables.get('Writer') ?? {};
    const queues = [
      ['UNWRITTEN_READINGS_URL', 'UnwrittenReadingsCCD825B3'],
      ['UNDELIVERED_MESSAGES_URL', 'UndeliveredMessages60CED835'],
      ...(settings.ingest === 'buffered' ? [['DEAD_MESSAGES_URL', 'DeadMessages69EF323C']] : []),
    ].map(([name = '', Ref]) => [name, { Ref }]);
    const told = Object.entries(variables.get('Redrive') ?? {}).filter(([name]) => name.endsWith('_URL'));
    expect(told.filter(([name]) => !/^(INFLUX|AWS)_/.test(name))).toEqual(queues);
    expect(variables.get('Redrive')).toMatchObject({ QUARANTINE_BUCKET, TOPIC_ROOT });
  });
});
