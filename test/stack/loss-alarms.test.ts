import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { monthlyCost } from '../../lib/monthly-cost.ts';
import type { Settings } from '../../lib/settings.ts';
import { type AlarmRow, alarmTable, PROMISED } from './alarm-table.ts';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { nameOf, ofType, ROOT, SYNTHESIS_TIMEOUT_MS, type Template, type Tree, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

const templateOf = (i: number): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
const alarmsIn = (template: Template): readonly Tree[] =>
  ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};
type Watch = { readonly statistic: string; readonly periodS: number; readonly metric: Metric };

describe.each(CASES)('$title', ({ i, settings }) => {
  const alarms = (): readonly Tree[] => alarmsIn(templateOf(i));
  const expected = expectedOf(settings);

  test('has the alarms of the table, word for word, and no other', () => {
    const rows = alarms().map((alarm) => rowOf(alarm, settings));
    expect(rows).toHaveLength(expected.length);
    for (const [n, { page, ...row }] of expected.entries()) expect({ ...rows[n], page }).toEqual({ ...row, page });
  });

  test('no alarm is raised by what was not counted, and each is told of when it begins and when it is over', () => {
    for (const alarm of alarms()) {
      expect(alarm['TreatMissingData']).toBe('notBreaching');
      const [topic] = ofType(templateOf(i), 'AWS::SNS::Topic');
      expect(alarm['AlarmActions']).toEqual([{ Ref: topic?.[0] }]);
      expect(alarm['OKActions']).toEqual([{ Ref: topic?.[0] }]);
      expect(alarm['ActionsEnabled']).toBeUndefined();
    }
  });

  test('a metric names rules, functions, queues and the stack that are there, never a battery', () => {
    const template = templateOf(i);
    const rules = ofType(template, 'AWS::IoT::TopicRule').map(([, { Properties }]) => textOf(Properties['RuleName']));
    const functions = ofType(template, 'AWS::Lambda::Function').map(([id]) => `\${${id}}`);
    const queues = ofType(template, 'AWS::SQS::Queue').map(([id]) => `\${${id}.QueueName}`);
    const known: Readonly<Record<string, readonly string[]>> = {
      RuleName: rules,
      ActionType: ['Lambda', 'SQS'],
      FunctionName: functions,
      Function: functions,
      QueueName: queues,
      Stack: [settings.stackName],
    };
    for (const { metric } of alarms().flatMap(watchesOf))
      for (const [name, value] of Object.entries(metric.dimensions)) expect(known[name]).toContain(value);
  });

  // "Alarm data queries" and "Alarm evaluation" in CloudWatch's user guide; else PutMetricAlarm refuses it, minutes into a deploy.
  test('every alarm keeps CloudWatch’s bounds: ten metrics of one period, a day of short periods or a week of hours', () => {
    for (const alarm of alarms()) {
      const watches = watchesOf(alarm);
      expect(watches.length).toBeLessThanOrEqual(10);
      const [periodS = 0, ...others] = new Set(watches.map((watch) => watch.periodS));
      expect(others).toEqual([]);
      expect(Number(alarm['EvaluationPeriods']) * periodS).toBeLessThanOrEqual(periodS < 3_600 ? 86_400 : 604_800);
    }
  });

  test('only CloudWatch may publish to the topic, and only for alarms of this stack; in plain text nobody', () => {
    const policies = ofType(templateOf(i), 'AWS::SNS::TopicPolicy').map(([, { Properties }]) => Properties);
    const statements = policies.flatMap(({ PolicyDocument }) => [PolicyDocument?.['Statement'] ?? []].flat());
    const arn = `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${settings.stackName}-*`;
    const allowed = statements.filter(({ Effect }) => textOf(Effect) === 'Allow');
    expect(
      allowed.map(({ Principal, Action, Condition }) => [
        Principal,
        Action,
        Condition?.['StringEquals'],
        textOf(Condition?.['ArnLike']?.['aws:SourceArn']),
      ]),
    ).toEqual(
      settings.alarms === undefined
        ? []
        : [
            [
              { Service: 'cloudwatch.amazonaws.com' },
              'sns:Publish',
              { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              arn,
            ],
          ],
    );
    for (const alarm of alarms()) expect(textOf(alarm['AlarmName'])).toMatch(new RegExp(`^${settings.stackName}-`));
    const denied = statements.filter(({ Effect }) => textOf(Effect) === 'Deny');
    expect(denied.map(({ Principal, Action, Condition }) => [Principal, Action, Condition])).toEqual(
      settings.alarms !== undefined && settings.stage === 'aws'
        ? [['*', 'sns:Publish', { Bool: { 'aws:SecureTransport': 'false' } }]]
        : [],
    );
  });

  test('there is one topic, told of in an output; who is mailed is whom the setting names, and nobody without it', () => {
    const template = templateOf(i);
    const [topic] = ofType(template, 'AWS::SNS::Topic');
    expect(template.Outputs['AlarmTopicArn']?.['Value']).toEqual(
      settings.alarms === undefined ? undefined : { Ref: topic?.[0] },
    );
    const subscriptions = ofType(template, 'AWS::SNS::Subscription').map(([, { Properties }]) => Properties);
    const email = settings.alarms?.email;
    expect(subscriptions).toEqual(
      email === undefined ? [] : [{ Protocol: 'email', Endpoint: email, TopicArn: { Ref: topic?.[0] } }],
    );
  });

  test('what is said of the bill is what AWS bills: each metric of each alarm', () => {
    const metrics = alarms().flatMap(watchesOf).length;
    const said = /(\d+) alarms on (\d+) metrics \$([0-9.]+) /.exec(monthlyCost(settings));
    if (settings.stage !== 'aws') return;
    expect(said?.slice(1)).toEqual(
      settings.alarms === undefined ? undefined : [`${alarms().length}`, `${metrics}`, (metrics * 0.1).toFixed(2)],
    );
  });
});

describe('the alarms', () => {
  test.each(PROMISED)('%s, by %s, has one', (metric, dimensions) => {
    const watching = alarmsIn(templateOf(0)).filter((alarm) =>
      watchesOf(alarm).some(({ metric: { name, dimensions: given } }) => {
        return name === metric && Object.keys(given).toSorted().join() === dimensions;
      }),
    );
    expect(watching.length).toBeGreaterThan(0);
  });

  test('every row of the table names the page that has the metric and its dimensions', () => {
    for (const { page, metrics } of alarmTable('buffered')) {
      const ofAws = metrics.some((metric) => / AWS\//.test(metric));
      expect(page).toMatch(ofAws ? /^https:\/\/docs\.aws\.amazon\.com\/.*\.html/ : /^lambdas\/aws\/metrics\.ts$/);
    }
  });

  test('each has a row in docs/operations.md that says what to do, and no other has', () => {
    const text = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(alarmTable('buffered').map(({ alarm }) => alarm));
    for (const [row, , means = '', todo = ''] of rows)
      expect([row, means.length > 20, todo.length > 20]).toEqual([row, true, true]);
  });

  test('what each mail says is a sentence that names the page with what to do', () => {
    for (const alarm of alarmsIn(templateOf(0)))
      expect(textOf(alarm['AlarmDescription'])).toMatch(/^[A-Z].{30,}\. What to do: docs\/operations\.md, "Alarms"\.$/);
  });
});

/** In an emulator those on one metric as it is: MiniStack has neither sums nor any other metric math. */
function expectedOf({ alarms, stage, ingest }: Settings): readonly AlarmRow[] {
  if (alarms === undefined) return [];
  return alarmTable(ingest).filter(({ total }) => stage === 'aws' || total === undefined);
}

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
};

function rowOf(alarm: Tree, { stackName }: Settings): Omit<AlarmRow, 'page'> {
  const total = [alarm['Metrics'] ?? []].flat().find(({ ReturnData }) => JSON.stringify(ReturnData) === 'true');
  const operator = textOf(alarm['ComparisonOperator']);
  return {
    alarm: textOf(alarm['AlarmName']).replace(`${stackName}-`, ''),
    metrics: watchesOf(alarm).map(({ statistic, metric: { namespace, name, dimensions } }) => {
      const told = Object.entries(dimensions).map(([key, value]) => `${key}=${shown(key, value, stackName)}`);
      return [statistic, namespace, name, ...told.toSorted()].join(' ');
    }),
    ...(total === undefined ? {} : { total: textOf(total['Expression']) }),
    threshold: `${COMPARISONS[operator] ?? operator} ${textOf(alarm['Threshold'])}`,
    of: `${textOf(alarm['DatapointsToAlarm'])} of ${textOf(alarm['EvaluationPeriods'])} × ${watchesOf(alarm)[0]?.periodS} s`,
  };
}

function shown(dimension: string, value: string, stackName: string): string {
  if (dimension === 'Stack') return value === stackName ? '<stack>' : value;
  if (dimension === 'RuleName') return value.replace(stackName.replaceAll('-', '_'), '<rule>');
  return value.replace(/^\$\{(\w+?)(\.\w+)?\}$/, (_, id: string, attribute = '') => `<${nameOf(id)}${attribute}>`);
}

function watchesOf(alarm: Tree): readonly Watch[] {
  if (alarm['Metrics'] === undefined) return [watchOf(alarm, alarm, alarm['Statistic'])];
  return [alarm['Metrics']].flat().flatMap(({ MetricStat, ReturnData }) => {
    if (MetricStat === undefined) return [];
    // Only one may be returned, and that is the sum.
    expect(JSON.stringify(ReturnData)).toBe('false');
    return [watchOf(MetricStat, MetricStat['Metric'] ?? {}, MetricStat['Stat'])];
  });
}

function watchOf({ Period }: Tree, { Namespace, MetricName, Dimensions }: Tree, statistic: unknown): Watch {
  const dimensions = [Dimensions ?? []].flat().map(({ Name, Value }) => [textOf(Name), textOf(Value)]);
  return {
    statistic: textOf(statistic),
    periodS: Number(Period),
    metric: { namespace: textOf(Namespace), name: textOf(MetricName), dimensions: Object.fromEntries(dimensions) },
  };
}
