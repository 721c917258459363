import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { type Doors, firstLines, placesNote, removalLine, terminalOf } from '../../dashboard/first-lines.ts';
import { PASSWORD_FILE } from '../../local/access/open-access.ts';

const LOCAL: Doors = {
  apiUrl: 'http://localhost:5003',
  host: 'localhost',
  mqttPort: 1883,
  deviceFlags: undefined,
  isTokenAsked: false,
  topicRoot: 'battery',
  terminal: undefined,
};
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
  const doors = { ...LOCAL, apiUrl: 'https://amphora.example/api', host: 'amphora.example', mqttPort: undefined };
  expect(firstLines('default', doors).map(({ door }) => door)).toEqual(['HTTP']);
});

test('where devices show certificates, the line of MQTT is the one that registers the battery', () => {
  const doors = { ...LOCAL, mqttPort: undefined, deviceFlags: '--data /srv/a' };
  expect(firstLines('boat', doors)[1]).toEqual({ door: 'MQTT', line: './amphora add-battery boat --data /srv/a' });
});

test('where a link lets in, the lines show where its token and the password of the broker go', () => {
  const doors = { ...LOCAL, apiUrl: 'http://192.168.1.5:5003', host: '192.168.1.5', isTokenAsked: true };
  expect(lines('boat', doors)).toEqual([
    `curl -X POST http://192.168.1.5:5003/batteries/boat/telemetry -H "Authorization: Bearer <token of the link>" -H "Content-Type: application/json" -d '{"charge": 10}'`,
    `mosquitto_pub -h 192.168.1.5 -p 1883 -u amphora -P '<broker-password>' -t battery/boat/telemetry -m '{"charge": 10}' -q 1`,
  ]);
  // On its own machine the broker asks for nothing, the API does.
  expect(lines('boat', { ...doors, host: 'localhost' })).toEqual([
    expect.stringContaining('Bearer <token of the link>'),
    expect.not.stringContaining('-P'),
  ]);
});

test('beside the lines stands where to find what they leave open, and nothing where they do not', () => {
  const token = 'The token stands in the link that ./amphora start printed.';
  const password = `The password is in the file ${PASSWORD_FILE} of the data folder.`;
  const away = { ...LOCAL, apiUrl: 'http://192.168.1.5:5003', host: '192.168.1.5', isTokenAsked: true };
  expect(placesNote('boat', away)).toBe(`${token} ${password}`);
  expect(lines('boat', away).join()).toContain(`<${PASSWORD_FILE}>`);
  expect(placesNote('boat', { ...away, host: 'localhost' })).toBe(token);
  expect(placesNote('boat', LOCAL)).toBe('');
});

test('an address with a stage in it is safe from the shell', () => {
  const [line = ''] = lines('boat', { ...LOCAL, apiUrl: 'http://127.0.0.1:4566/_aws/execute-api/a1b2/$default' });
  const shown = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' }).split('\n');
  expect(shown).toContain('http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/batteries/boat/telemetry');
});

test('mosquitto gets an IPv6 address without brackets', () => {
  expect(lines('boat', { ...LOCAL, host: '[::1]' })[1]).toMatch(/ -h ::1 /);
});

describe('where one signs in', () => {
  const deployed = {
    ...LOCAL,
    apiUrl: 'https://amphora.example/api',
    host: 'amphora.example',
    mqttPort: undefined,
    terminal: terminalOf('https://amphora.example/'),
  };

  test('the line carries a token that ./amphora prints for this page', () => {
    expect(terminalOf('https://amphora.example/').login).toBe('./amphora login https://amphora.example/');
    expect(lines('default', deployed)).toEqual([
      `curl -X POST https://amphora.example/api/charge -H "Authorization: Bearer $(./amphora token https://amphora.example/)" -H "Content-Type: application/json" -d '{"charge": 10, "unit": "kW"}'`,
    ]);
  });

  test('the address stands there even where it is the usual one, and the simulation is removed by a line too', () => {
    const local = { ...LOCAL, terminal: terminalOf('http://localhost:5003/') };
    expect(local.terminal.login).toBe('./amphora login http://localhost:5003/');
    expect(lines('boat', local)[0]).toContain(' -H "Authorization: Bearer $(./amphora token http://localhost:5003/)" ');
    expect(removalLine(local)).toBe(
      'curl -X DELETE http://localhost:5003/batteries/demo -H "Authorization: Bearer $(./amphora token http://localhost:5003/)"',
    );
  });
});
