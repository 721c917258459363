import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../cli/command.ts';
import { influxPlace } from '../../cli/influx-flags.ts';
import { start } from '../../cli/start.ts';
import { type Folder, runCli, temporaryFolder } from './run-cli.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

function placeOf(words: readonly string[], env: Readonly<Record<string, string>> = { INFLUX_TOKEN: 'secret' }) {
  const said: string[] = [];
  const args = parseArguments(start, words);
  if (!args.ok) return { ...args, said };
  return {
    ...influxPlace(args, { env, folder: folder.path, platform: process.platform, err: (text) => said.push(text) }),
    said,
  };
}

const fileWith = (name: string, text: string, mode = 0o600): string => {
  folder.file(name, text);
  chmodSync(join(folder.path, name), mode);
  return name;
};

describe('the address of an InfluxDB', () => {
  test.each([
    ['db:8086', "must be an address like http://localhost:8086, not 'db:8086'"],
    ['ftp://db', 'must be an address like http://localhost:8086'],
    ['http://ada:pw@db:8086', 'takes no user name or password'],
    ['http://db:8086/?org=x', 'must end before any ? or #'],
    ['http://db:8086/api/v2/', 'without /api/v2, as in http://db:8086'],
  ])('%s is refused in one sentence', (url, sentence) => {
    expect(placeOf(['--influx-url', url])).toMatchObject({ ok: false, sentence: expect.stringContaining(sentence) });
  });

  test('a password in it is not repeated', () => {
    expect(JSON.stringify(placeOf(['--influx-url', 'http://ada:pa55@db:8086']))).not.toContain('pa55');
  });
});

describe('the token of an InfluxDB', () => {
  test('comes from the file, and not from the environment, where both are', () => {
    const name = fileWith('token', 'from-file\n');
    expect(placeOf(['--influx-token-file', name])).toMatchObject({
      ok: true,
      place: { token: 'from-file', tokenFile: name },
      said: [],
    });
  });

  test('in a file that others can read is used, and that is said in one line with what to type', () => {
    const name = fileWith('open', 'from-file', 0o644);
    const { said, ...place } = placeOf(['--influx-token-file', name]);
    expect(place).toMatchObject({ ok: true, place: { token: 'from-file' } });
    expect(said).toStrictEqual(['amphora: other users of this machine can read the token in open; chmod 600 open\n']);
  });

  test.each([
    ['none', undefined, 'the token file none cannot be read (ENOENT)'],
    ['empty', ' \n', 'the token file empty is empty'],
    ['poem', 'two words\n', 'poem holds spaces, lines or characters that no token'],
    ['huge', 'x'.repeat(5_000), 'the token file huge has 5000 bytes, which is no token'],
  ])('the file %s is refused in one sentence', (name, text, sentence) => {
    if (text !== undefined) fileWith(name, text);
    expect(placeOf(['--influx-token-file', name])).toMatchObject({
      ok: false,
      sentence: expect.stringContaining(sentence),
    });
  });

  test('that would break the header of a request is refused without being shown', () => {
    const refused = placeOf([], { INFLUX_TOKEN: 'abc\r\nx-evil: 1' });
    expect(refused).toMatchObject({ ok: false, sentence: expect.stringContaining('INFLUX_TOKEN holds spaces') });
    expect(JSON.stringify(refused)).not.toContain('evil');
  });

  test.each([[['--influx-token', 'abc123']], [['--influx-token=abc123']], [['--influx-token']]])(
    'as an argument, %j, is refused with why and with both ways, and is not repeated',
    async (words) => {
      const { code, out, err } = await runCli(folder.path, ['start', '--store', 'influxdb', ...words]);
      expect({ code, out }).toStrictEqual({ code: 2, out: '' });
      expect(err).toMatch(
        /^amphora: there is no --influx-token, since every user of this machine can see arguments; .*\n$/,
      );
      expect(err).toContain('INFLUX_TOKEN');
      expect(err).toContain('--influx-token-file');
      expect(err).not.toContain('abc123');
    },
  );

  test('has no flag in the help', async () => {
    const { out } = await runCli(folder.path, ['start', '--help']);
    expect(out).toContain('--influx-token-file FILE');
    expect(out).not.toMatch(/--influx-token\s/);
  });
});
