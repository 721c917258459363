import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Context } from '../../lib/context-reader.ts';
import { readSettings } from '../../lib/settings.ts';

const DEFAULTS = {
  store: 'influxdb',
  stage: 'aws',
  topicRoot: 'battery',
  stackName: 'Amphora',
  ingest: 'direct',
  logRetentionDays: 30,
  apiRateLimit: 100,
  apiBurstLimit: 200,
  removalPolicy: 'retain',
  quarantineDays: 365,
  site: {},
  signIn: { machineClient: false, mfa: 'off' },
  alarms: {},
};

describe('settings', () => {
  test('without any context are the documented defaults', () => {
    expect(readSettings({})).toEqual({ ok: true, settings: DEFAULTS });
  });

  test('are the same as numbers of cdk.json and as text of the command line', () => {
    const numbers = {
      writerConcurrency: 5,
      logRetentionDays: 7,
      apiRateLimit: 1,
      apiBurstLimit: 10_000,
      quarantineDays: 3650,
    };
    const texts = Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, String(value)]));
    expect(readSettings(numbers)).toEqual({ ok: true, settings: { ...DEFAULTS, ...numbers } });
    expect(readSettings(texts)).toEqual(readSettings(numbers));
  });

  test("let CDK's own context keys pass", () => {
    const own = {
      '@aws-cdk/aws-iam:minimizePolicies': true,
      'aws:cdk:bundling-stacks': ['**'],
      'cli-telemetry': false,
    };
    expect(readSettings(own)).toEqual(readSettings({}));
  });

  test.each([
    [{ store: 'timestream' }, "setting store is 'timestream', but must be influxdb or sqlite"],
    [
      { topicRoot: 'a/b' },
      "setting topicRoot is 'a/b', but must be one topic level: letters, digits, - and _, at most 64",
    ],
    [{ topicRoot: '+' }, "setting topicRoot is '+', but must be one topic level: letters, digits, - and _, at most 64"],
    [{ topicRoot: '' }, "setting topicRoot is '', but must be one topic level: letters, digits, - and _, at most 64"],
    [
      { stackName: 'my_stack' },
      "setting stackName is 'my_stack', but must be letters, digits and -, a letter first, at most 100",
    ],
    [
      { logRetentionDays: 31 },
      "setting logRetentionDays is '31', but must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ],
    [{ writerConcurrency: 0 }, "setting writerConcurrency is '0', but must be a whole number from 1 to 10000"],
    [{ ingest: 'queued' }, "setting ingest is 'queued', but must be direct or buffered"],
    ...['1', '1001'].map((writerConcurrency): [Context, string] => [
      { ingest: 'buffered', writerConcurrency },
      `setting writerConcurrency is '${writerConcurrency}', but must be a whole number from 2 to 1000 with ingest=buffered`,
    ]),
    [{ apiRateLimit: '1.5' }, "setting apiRateLimit is '1.5', but must be a whole number from 1 to 10000"],
    [{ apiBurstLimit: [1] }, "setting apiBurstLimit is '[1]', but must be a whole number from 1 to 10000"],
    [{ quarantineDays: 0 }, "setting quarantineDays is '0', but must be a whole number of days, 1 to 3650"],
    [{ quarantineDays: 3651 }, "setting quarantineDays is '3651', but must be a whole number of days, 1 to 3650"],
    [{ store: null }, "setting store is 'null', but must be influxdb or sqlite"],
    [{ 'topic-root': 'boats' }, "there is no setting 'topic-root'; did you mean topicRoot?"],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(readSettings(context)).toEqual({ ok: false, reason });
  });

  test('whatever the context, a topic root taken has no wildcard, no level and no quote', () => {
    fc.assert(
      fc.property(fc.string(), (topicRoot) => {
        const read = readSettings({ topicRoot });
        if (read.ok) expect(read.settings.topicRoot).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });
});
