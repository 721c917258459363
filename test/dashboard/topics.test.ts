import { expect, test } from '@jest/globals';
import { parseConfig } from '../../dashboard/answers.ts';
import { allTopics, firstTopic, simulatedTopic, topicsOf } from '../../dashboard/topics.ts';
import { DEFAULT_BATTERY, DEMO_BATTERY } from '../../lambdas/batteries/battery.ts';
import { demoTopic, ruleFilters, telemetryTopic } from '../../lambdas/telemetry/topics.ts';

test('the default battery is heard on the demo’s topics and on its own', () => {
  expect(topicsOf('battery', 'boat')).toEqual(['battery/boat/telemetry']);
  expect(topicsOf('battery', 'default')).toEqual(['battery/charge', 'battery/discharge', 'battery/default/telemetry']);
});

test.each(['battery', 'second', 'my_root-2'])('the page hears on the topics that the rules hear, below %s', (root) => {
  const { charge, discharge, telemetry } = ruleFilters(root);
  expect(allTopics(root)).toEqual([charge, discharge, telemetry]);
  expect(topicsOf(root, DEFAULT_BATTERY)).toEqual([charge, discharge, telemetryTopic(root, DEFAULT_BATTERY)]);
  expect(topicsOf(root, 'boat')).toEqual([telemetryTopic(root, 'boat')]);
  expect(simulatedTopic(root)).toBe(telemetryTopic(root, DEMO_BATTERY));
  expect(firstTopic(root, DEFAULT_BATTERY)).toBe(demoTopic(root, 'charge'));
  expect(firstTopic(root, 'boat')).toBe(telemetryTopic(root, 'boat'));
});

test('the root is the one of config.json, and battery where that names none', () => {
  const config = { apiUrl: '', minPollSeconds: 1, local: true, mqttPort: 1883 };
  expect(parseConfig({ ...config, topicRoot: 'second' })?.topicRoot).toBe('second');
  expect([config, { ...config, topicRoot: '' }, { ...config, topicRoot: 7 }].map(parseConfig)).toMatchObject(
    Array(3).fill({ topicRoot: 'battery' }),
  );
});
