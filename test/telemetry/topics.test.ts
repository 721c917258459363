import { describe, expect, test } from '@jest/globals';
import { demoTopic, parseTopic, ruleFilters, telemetryTopic } from '../../lambdas/telemetry/topics.ts';

describe('topics', () => {
  test('the demo’s topics are those that its devices publish to', () => {
    expect([demoTopic('battery', 'charge'), demoTopic('battery', 'discharge')]).toEqual([
      'battery/charge',
      'battery/discharge',
    ]);
  });

  test.each([
    ['battery/charge', { kind: 'demo', side: 'charge', battery: 'default' }],
    ['battery/discharge', { kind: 'demo', side: 'discharge', battery: 'default' }],
    ['battery/boat/telemetry', { kind: 'message', battery: 'boat' }],
    ['battery/default/telemetry', { kind: 'message', battery: 'default' }],
    // Judged later, with a reason that names the id.
    ['battery/Boat/telemetry', { kind: 'message', battery: 'Boat' }],
    ['battery//telemetry', { kind: 'message', battery: '' }],
    ['battery/charge/telemetry', { kind: 'message', battery: 'charge' }],
  ])('%s carries %j', (topic, carried) => {
    expect(parseTopic('battery', topic)).toEqual(carried);
  });

  test.each([
    'battery',
    'battery/',
    'battery/charge/',
    '/battery/charge',
    'Battery/charge',
    'battery/boat',
    'battery/boat/status',
    'battery/boat/telemetry/',
    'battery/boat/telemetry/x',
    'battery/a/b/telemetry',
    'batteryboat/telemetry',
    'other/boat/telemetry',
    'battery/boat/Telemetry',
    '',
  ])('%j carries nothing of ours', (topic) => {
    expect(parseTopic('battery', topic)).toBeUndefined();
  });

  test('two roots do not hear each other, also where one is the beginning of the other', () => {
    expect(parseTopic('home/battery', telemetryTopic('home/battery', 'b2'))).toEqual({
      kind: 'message',
      battery: 'b2',
    });
    expect(parseTopic('home', telemetryTopic('home/battery', 'b2'))).toBeUndefined();
    expect(parseTopic('bat', demoTopic('battery', 'charge'))).toBeUndefined();
  });

  test('the rules listen to what is published', () => {
    expect(ruleFilters('r')).toEqual({ charge: 'r/charge', discharge: 'r/discharge', telemetry: 'r/+/telemetry' });
  });
});
