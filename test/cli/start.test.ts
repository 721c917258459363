import { describe, expect, test } from '@jest/globals';
import { type Io, parseArguments } from '../../cli/command.ts';
import { localOptions, start } from '../../cli/start.ts';

const surroundings = {
  env: {},
  folder: '/home/ada/here',
  homeFolder: '/home/ada',
  platform: 'linux',
  err: () => undefined,
};

function optionsOf(words: readonly string[], more: Partial<Io> = {}) {
  const args = parseArguments(start, words);
  return args.ok ? localOptions(args, { ...surroundings, ...more }) : args;
}

const DEFAULTS = {
  port: 5003,
  mqttPort: 1883,
  store: { kind: 'sqlite' },
  dataDir: '/home/ada/.local/share/amphora',
  host: 'localhost',
  demo: 'auto',
  retryDelaysMs: [60_000, 120_000],
};

describe('start', () => {
  test('without flags everything has its documented default', () => {
    expect(optionsOf([])).toStrictEqual({ ok: true, options: DEFAULTS });
  });

  test.each([
    [['--port', '0', '--mqtt-port', '0'], { port: 0, mqttPort: 0 }],
    [['--port=8080'], { port: 8080 }],
    [['--host', '127.0.0.1'], { host: '127.0.0.1' }],
    [['--host', '::1'], { host: '::1' }],
    [['--host', '0.0.0.0'], { host: '0.0.0.0' }],
    [['--host', 'box.local', '--rotate-token'], { host: 'box.local', areSecretsRotated: true }],
    [['--device-auth'], { deviceAuth: { mqttsPort: 8883 } }],
    [['--device-auth', '--mqtts-port', '0'], { deviceAuth: { mqttsPort: 0 } }],
    [['--auth'], { signIn: { port: 5004 } }],
    [['--auth', '--auth-port', '0', '--token-minutes', '2'], { signIn: { port: 0, tokenMinutes: 2 } }],
    [['--demo'], { demo: 'on' }],
    [['--no-demo'], { demo: 'off' }],
    [['--retry-delays', '0.05,0.1'], { retryDelaysMs: [50, 100] }],
    [['--ingest', 'direct'], {}],
    [['--ingest', 'buffered'], { buffered: {} }],
    [['--ingest', 'buffered', '--visibility-timeout', '2.5'], { buffered: { visibilityMs: 2_500 } }],
    [['--data', 'batteries'], { dataDir: '/home/ada/here/batteries' }],
    [['--data', '/srv/a'], { dataDir: '/srv/a' }],
  ])('%j changes %j and nothing else', (words, changed) => {
    expect(optionsOf(words)).toStrictEqual({ ok: true, options: { ...DEFAULTS, ...changed } });
  });

  test.each([
    ['$AMPHORA_DATA before $XDG_DATA_HOME', { AMPHORA_DATA: '/a', XDG_DATA_HOME: '/x' }, 'linux', '/a'],
    ['$XDG_DATA_HOME/amphora', { XDG_DATA_HOME: '/x' }, 'linux', '/x/amphora'],
    ['$XDG_DATA_HOME on macOS too', { XDG_DATA_HOME: '/x' }, 'darwin', '/x/amphora'],
    ['not a relative $XDG_DATA_HOME', { XDG_DATA_HOME: 'x' }, 'linux', '/home/ada/.local/share/amphora'],
    ['not an empty $AMPHORA_DATA', { AMPHORA_DATA: '' }, 'linux', '/home/ada/.local/share/amphora'],
    ["macOS's folder", {}, 'darwin', '/home/ada/Library/Application Support/Amphora'],
  ])('the data folder is %s', (_what, env, platform, dataDir) => {
    expect(optionsOf([], { env, platform })).toMatchObject({ options: { dataDir } });
  });

  const INFLUX = { kind: 'influxdb', url: 'http://localhost:8086', org: 'ENI', bucket: 'battery1', token: 'secret' };

  test.each([
    [[], {}],
    [['--influx-url', 'http://db:8087/influx/'], { url: 'http://db:8087/influx' }],
    [['--influx-url', 'https://db'], { url: 'https://db' }],
    [['--influx-org', 'home', '--influx-bucket', 'b 2'], { org: 'home', bucket: 'b 2' }],
  ])('--store influxdb %j takes the token of INFLUX_TOKEN, and %j is not as by default', (words, changed) => {
    const options = optionsOf(['--store', 'influxdb', ...words], { env: { INFLUX_TOKEN: ' secret\n' } });
    expect(options).toStrictEqual({ ok: true, options: { ...DEFAULTS, store: { ...INFLUX, ...changed } } });
  });

  test.each([
    [
      ['--host', 'http://box'],
      "--host must be an address or a name of this machine, as in 192.168.1.5, not 'http://box'",
    ],
    [['--host', '192.168.1.5', '--auth'], '--auth and --host 192.168.1.5 do not go together'],
    [['--rotate-token'], '--rotate-token is for the token of --host'],
    [['--mqtts-port', '1'], '--mqtts-port is for devices with certificates; give --device-auth with it'],
    [['--device-auth', '--mqtts-port', '1883'], '--mqtts-port 1883 is the port of the page or the broker'],
    [['--auth-port', '1'], '--auth-port is for the sign-in; give --auth with it, or leave it out'],
    [['--token-minutes', '2'], '--token-minutes is for the sign-in; give --auth with it, or leave it out'],
    [['--auth', '--auth-port', '5003'], '--auth-port 5003 is the port of the page or the broker'],
    [['--auth', '--auth-port', 'x'], "--auth-port must be a port number, 0 to 65535, not 'x'"],
    [['--auth', '--token-minutes', '0'], "--token-minutes must be a whole number from 1 to 1440, not '0'"],
    [['--auth', '--token-minutes', '1441'], "--token-minutes must be a whole number from 1 to 1440, not '1441'"],
    [['--auth', '--token-minutes', '2.5'], "--token-minutes must be a whole number from 1 to 1440, not '2.5'"],
    [['--ingest', 'queued'], "--ingest must be direct or buffered, not 'queued'"],
    [['--visibility-timeout', '5'], '--visibility-timeout is for the queue; give --ingest buffered with it'],
    ...['0', '43201', 'x'].map((seconds): [string[], string] => [
      ['--ingest', 'buffered', '--visibility-timeout', seconds],
      `--visibility-timeout must be a number of seconds up to 43200, not '${seconds}'`,
    ]),
    [['--store', 'mysql'], "--store must be sqlite or influxdb, not 'mysql'"],
    [['--influx-bucket', 'b'], '--influx-bucket is for InfluxDB; give --store influxdb with it, or leave it out'],
    [['--store', 'sqlite', '--influx-token-file', 'f'], '--influx-token-file is for InfluxDB'],
    [['--store', 'influxdb'], 'the token of InfluxDB is missing; put it into the environment variable INFLUX_TOKEN'],
  ])('%j is refused in one sentence', (words, sentence) => {
    expect(optionsOf(words)).toStrictEqual({ ok: false, sentence: expect.stringContaining(sentence), exitCode: 2 });
  });
});
