import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { firstLines } from '../../dashboard/first-lines.ts';

const LOCAL = { apiUrl: 'http://localhost:5003', host: 'localhost', mqttPort: 1883, topicRoot: 'battery' };
const lines = (battery: string, doors = LOCAL): string[] => firstLines(battery, doors).map(({ line }) => line);

test('the default battery is fed as in the original demo', () => {
  expect(lines('default')).toEqual([
    `curl -X POST http://localhost:5003/charge -H "Content-Type: application/json" -d '{"charge": 10, "unit": "kW"}'`,
    `mosquitto_pub -h localhost -p 1883 -t battery/charge -m '{"charge": 10, "unit": "kW"}' -q 1`,
  ]);
});

test('a named battery has a route and a topic of its own', () => {
  expect(lines('boat')).toEqual([
    `curl -X POST http://localhost:5003/batteries/boat/telemetry -H "Content-Type: application/json" -d '{"charge": 10}'`,
    `mosquitto_pub -h localhost -p 1883 -t battery/boat/telemetry -m '{"charge": 10}' -q 1`,
  ]);
});

test('the topic begins with the stack’s own root', () => {
  const doors = { ...LOCAL, topicRoot: 'second' };
  expect(['default', 'boat'].map((battery) => lines(battery, doors)[1])).toEqual([
    expect.stringContaining(' -t second/charge '),
    expect.stringContaining(' -t second/boat/telemetry '),
  ]);
});

test('without a broker to name there is no line for it', () => {
  const doors = {
    apiUrl: 'https://amphora.example/api',
    host: 'amphora.example',
    mqttPort: undefined,
    topicRoot: 'battery',
  };
  expect(firstLines('default', doors).map(({ door }) => door)).toEqual(['HTTP']);
});

test('an address with a stage in it is safe from the shell', () => {
  const [line = ''] = lines('boat', { ...LOCAL, apiUrl: 'http://127.0.0.1:4566/_aws/execute-api/a1b2/$default' });
  const shown = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' }).split('\n');
  expect(shown).toContain('http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/batteries/boat/telemetry');
});

test('mosquitto gets an IPv6 address without brackets', () => {
  expect(lines('boat', { ...LOCAL, host: '[::1]' })[1]).toMatch(/ -h ::1 /);
});
