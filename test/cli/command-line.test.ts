import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { Io } from '../../cli/command.ts';
import { commandLine } from '../../cli/command-line.ts';

/** In this process, for what needs no other: everything here is refused before a file or a connection is opened. */
async function run(
  words: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const texts = { out: '', err: '' };
  const io: Io = {
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
    isTerminal: false,
    env: {},
    folder: tmpdir(),
    homeFolder: tmpdir(),
    platform: 'linux',
    nowMs: () => Date.UTC(2026, 10, 23),
    newId: () => 'id',
    stopSignal: () => new AbortController().signal,
    readLine: async () => undefined,
  };
  return { code: await commandLine(words, io), ...texts };
}

describe('command line', () => {
  test.each([
    [
      'an unknown command with the one that was meant',
      ['repaly'],
      "unknown command 'repaly'; did you mean ./amphora replay?",
    ],
    ['an unknown command with those there are', ['zzz'], "unknown command 'zzz'; there are start, simulate, replay, "],
    ['a flag instead of a command', ['--foo'], "unknown flag '--foo'"],
    ['help for an unknown command', ['help', 'zzz'], "unknown command 'zzz'"],
    [
      'an unknown flag with the one that was meant',
      ['replay', 'f', '--sped', '3'],
      'unknown flag --sped; did you mean --speed?',
    ],
    ['a flag without its value', ['start', '--port'], '--port needs a value: --port N'],
    ['a flag with another flag for its value', ['replay', 'f', '--battery', '--json'], '--battery needs a value'],
    ['a switch with a value', ['start', '--demo=yes'], "--demo takes no value, 'yes' was given"],
    ['one argument too many', ['replay', 'a.csv', 'b.csv'], "'b.csv' is one argument too many"],
    ['an argument where none is taken', ['simulate', 'now'], "'now' is one argument too many"],
    ['a replay without a file', ['replay', '--battery', 'b'], 'name the CSV file to play'],
    ['a replay without a battery', ['replay', 'f.csv'], '--battery ID is missing'],
    ['an id outside the pattern', ['simulate', '--battery', 'a b'], 'must be a-z, 0-9, _ and -'],
    ['an id in upper case', ['simulate', '--battery', 'Garage'], "did you mean 'garage'?"],
    ['a reserved id', ['simulate', '--battery', 'charge'], "battery id 'charge' is reserved"],
    ['the id of the simulated battery', ['simulate', '--battery', 'demo'], "battery id 'demo' is reserved"],
    [
      'a speed below 1',
      ['replay', 'f', '--battery', 'b', '--speed', '0.5'],
      '--speed must be a number from 1 on, or max',
    ],
    [
      'a patience of 0',
      ['replay', 'f', '--battery', 'b', '--patience', '0'],
      '--patience must be a number of seconds above 0',
    ],
    ['a file that is not there', ['replay', 'none.csv', '--battery', 'b'], 'there is no file none.csv'],
    ['a folder as the file', ['replay', '.', '--battery', 'b'], '. is a folder; name a CSV file'],
    [
      'a period without a unit',
      ['simulate', '--battery', 'b', '--period', '5'],
      '--period must be a number with ms, s, m or h',
    ],
    ['a period too short', ['simulate', '--battery', 'b', '--period', '1ms'], 'from 10ms to 24h'],
    ['a seed that is no number', ['simulate', '--battery', 'b', '--seed', 'x'], '--seed must be a whole number'],
    ['a count of 0', ['simulate', '--battery', 'b', '--count', '0'], '--count must be a whole number from 1 on'],
    [
      'an HTTP address for MQTT',
      ['simulate', '--battery', 'b', '--mqtt-url', 'http://x'],
      '--mqtt-url must be an address beginning with mqtt://',
    ],
    [
      'an MQTT address for HTTP',
      ['simulate', '--battery', 'b', '--url', 'mqtt://x'],
      '--url must be an address beginning with http://',
    ],
    [
      'a password in an HTTP address',
      ['simulate', '--battery', 'b', '--url', 'http://u:p@x'],
      '--url takes no user name or password',
    ],
    [
      'a topic root of two levels',
      ['simulate', '--battery', 'b', '--topic-root', 'a/b'],
      "--topic-root must be one topic level: letters, digits, - and _, at most 64, not 'a/b'",
    ],
    ['an audit of no battery', ['audit', '--from', '-1h'], '--battery ID is missing; name the battery to account for'],
    [
      'an audit from a day without a time',
      ['audit', '--battery', 'b', '--from', '2026-01-31'],
      '--from is "2026-01-31"',
    ],
    ['an audit up to before 1970', ['audit', '--battery', 'b', '--to', '-99999d'], '--to -99999d lies before 1970'],
    ['a port that is none', ['start', '--port', '65536'], "--port must be a port number, 0 to 65535, not '65536'"],
    ['a negative port', ['start', '--mqtt-port', '-1'], "--mqtt-port must be a port number, 0 to 65535, not '-1'"],
    ['one port for two', ['start', '--port', '1883'], '--port and --mqtt-port are both 1883'],
    [
      'a sign-in beyond this machine',
      ['start', '--auth', '--host', '0.0.0.0'],
      '--auth and --host 0.0.0.0 do not go together',
    ],
    ['a demo that is on and off', ['start', '--demo', '--no-demo'], '--demo and --no-demo contradict each other'],
    ['one retry delay', ['start', '--retry-delays', '60'], '--retry-delays must be two numbers of seconds'],
    [
      'a retry delay that is no number',
      ['start', '--retry-delays', '1,x'],
      '--retry-delays must be two numbers of seconds',
    ],
  ])('%s is refused in one line with exit code 2', async (_what, words, sentence) => {
    const { code, out, err } = await run(words);
    expect(code).toBe(2);
    expect(out === '' || words.includes('--json')).toBe(true);
    expect(err).toMatch(/^amphora: .*\n$/);
    expect(err).toContain(sentence);
  });
});
