import { beforeAll, describe, expect, test } from '@jest/globals';
import { databaseNotice, monthlyCost } from '../../lib/monthly-cost.ts';
import { CASES, type Synthesized, settingsOf, synthesizedCombinations } from './all-templates.ts';
import { ALARMS, BUFFERED, type Context, DATABASES } from './combinations.ts';
import { noticesIn, ofType, SYNTHESIS_TIMEOUT_MS } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

describe('what is said of the bill before a deploy', () => {
  test.each<[context: Context, parts: string]>([
    [
      { ...DATABASES.made, ...ALARMS.none },
      '$0.80 a month before any use: 2 secrets $0.80; looking after the failure queues less than $0.05 (list',
    ],
    [
      DATABASES.made,
      "$4.40 a month before any use: 2 secrets $0.80; 17 alarms on 36 metrics $3.60 (an account's first 10 such metrics are free); looking after the failure queues less than $0.05 (list",
    ],
    [
      { ...DATABASES.vpcMade, ...ALARMS.none },
      '$30.00 a month before any use: 2 secrets $0.80; 2 interface endpoints in 2 zones $29.20 and $0.01 a GB; looking after the failure queues less than $0.05 (list',
    ],
    [
      { ...DATABASES.made, ...ALARMS.none, machineClient: 'true' },
      '$6.80 a month before any use: 2 secrets $0.80; a machine client $6.00 and $2.25 for 1000 tokens (2025); looking after the failure queues less than $0.05 (list',
    ],
    [
      { ...DATABASES.given, ...ALARMS.none, ...BUFFERED },
      '$0.26 a month before any use: polling the queue $0.26 and $0.48 to $1.20 for a million messages; looking after the failure queues less than $0.05 (list',
    ],
  ])('%j costs what its parts cost', (context, parts) => {
    expect(monthlyCost(settingsOf(context))).toContain(`This stack costs ${parts}`);
  });

  test('a stack that makes nothing with a price of its own costs next to nothing before any use', () => {
    for (const context of [{}, DATABASES.given, DATABASES.vpcGiven])
      expect(monthlyCost(settingsOf({ ...context, ...ALARMS.none }))).toBe(
        'This stack costs next to nothing a month before any use: looking after the failure queues less than $0.05.',
      );
  });

  test.each<[context: Context, where: RegExp]>([
    [
      {},
      /^The database is not serverless, and this stack has none yet: .* over the internet with TLS, or from a VPC .* about \$95 a month\.$/,
    ],
    [
      DATABASES.made,
      /^The database is not serverless: the InfluxDB at influx\.example\.org:8086 must .* reachable from the internet/,
    ],
    [
      DATABASES.vpcMade,
      /^The database is not serverless: .* 10\.0\.0\.5:8086 must .* reachable from subnet-.*, subnet-.*; .* about \$95 a month\.$/,
    ],
  ])('%j: that the database is not serverless, and where it must be reachable from', (context, where) => {
    expect(databaseNotice(settingsOf(context))).toMatch(where);
  });

  test('cdk says both of every stack for AWS that has a database to reach, the database first', () => {
    for (const { i, settings } of CASES) {
      const told = noticesIn(all[i]?.folder ?? '').filter((notice) => notice.startsWith('info '));
      const isDeployed = settings.stage === 'aws' && settings.store === 'influxdb';
      expect(told).toEqual(isDeployed ? [`info ${databaseNotice(settings)}`, `info ${monthlyCost(settings)}`] : []);
    }
  });
});

test('an alarm tells by mail when four fifths of the month’s budget are spent, and when all of it is about to be', () => {
  for (const { i, settings } of CASES) {
    const budgets = ofType(all[i]?.template ?? { Resources: {}, Outputs: {} }, 'AWS::Budgets::Budget');
    if (settings.budget === undefined) {
      expect(budgets).toEqual([]);
      continue;
    }
    const { monthlyUsd, email } = settings.budget;
    const subscribers = [{ SubscriptionType: 'EMAIL', Address: email }];
    const tells = (NotificationType: string, Threshold: number) => ({
      Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
      Subscribers: subscribers,
    });
    expect(budgets.map(([, { Properties }]) => Properties)).toEqual([
      {
        Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: monthlyUsd, Unit: 'USD' } },
        NotificationsWithSubscribers: [tells('ACTUAL', 80), tells('FORECASTED', 100)],
      },
    ]);
  }
});
