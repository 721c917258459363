import { describe, expect, test } from '@jest/globals';
import { templateOf } from './queued-template.ts';
import { RESOURCES } from './template-resources.ts';

const every = (ScheduleExpression: string, more: object = {}) => ({
  ...RESOURCES,
  Sweep: { Type: 'AWS::Lambda::Function', Properties: { ...RESOURCES.Bare.Properties } },
  Schedule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: 'd',
      ScheduleExpression,
      Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['Sweep', 'Arn'] } }],
      ...more,
    },
  },
});

describe('of the synthesized template', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(15 minutes)', 900_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
  ])('what it calls at %s is called each %d ms, and is a function of this runtime', (expression, everyMs) => {
    const { schedules, functions, notEmulated } = templateOf(every(expression, { State: 'ENABLED' }));
    expect(schedules).toEqual([{ name: 'Schedule', everyMs, functionIds: ['Sweep'] }]);
    expect(functions.map(({ logicalId }) => logicalId)).toContain('Sweep');
    expect(notEmulated).toEqual(templateOf(RESOURCES).notEmulated);
  });

  test('a schedule that is switched off, and a rule that waits for events, call nothing', () => {
    expect(templateOf(every('rate(1 minute)', { State: 'DISABLED' })).schedules).toEqual([]);
    const { Schedule, ...others } = every('');
    const { ScheduleExpression: _, ...properties } = Schedule.Properties;
    const onEvents = { Type: Schedule.Type, Properties: { ...properties, EventPattern: { source: ['aws.s3'] } } };
    const { schedules, notEmulated } = templateOf({ ...others, OnEvents: onEvents });
    expect(schedules).toEqual([]);
    expect(notEmulated).toContain('Events.Rule.EventPattern');
  });

  test.each([
    [every('cron(0 12 * * ? *)'), 'schedule Schedule is cron(0 12 * * ? *), and only rates are emulated'],
    [every('rate(0.5 hours)'), 'only rates are emulated'],
    [every('rate(1 minute)', { Targets: [{ Id: 't', Arn: 'arn:aws:sqs:r:1:Failures' }] }), 'is not a function'],
    [
      every('rate(1 minute)', { Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['Bare', 'Arn'] }, Input: '{}' }] }),
      'is not a function with the schedule',
    ],
  ])('a schedule that cannot be run as it is refuses the start', (resources, reason) => {
    expect(() => templateOf(resources)).toThrow(reason);
  });
});
