/** `./amphora quarantine` at a runtime that runs, and at what is none. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { payloadText } from '../../cli/quarantine/payload-text.ts';
import { addressOf } from '../aws/json-peer.ts';
import { folderWithKept } from '../end-to-end/kept-before.ts';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { type Folder, type Ran, runCli, temporaryFolder } from './run-cli.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;
const NOBODY = '2026-11-26-43200000-0123456789abcdef0123';

let amphora: LocalAmphora;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder();
  amphora = await startLocal({ dataDir: folderWithKept(['mended', 'mended-too'], { soc: 5 }) });
}, START_MS);
afterAll(() => folder.remove());

const quarantine = (...words: readonly string[]): Promise<Ran> =>
  runCli(folder.path, ['quarantine', ...words, '--data', amphora.dataDir]);

/** Ids of what was sent, in the order in which it was. */
async function sent(battery: string, ...payloads: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const device = await amphora.device({ clientId: `c-${battery}` });
  for (const payload of payloads) {
    await device.publish(`battery/${battery}/telemetry`, payload);
    await amphora.drained();
  }
  await device.end();
  const { out } = await quarantine('list', '--battery', battery, '--json');
  const { records }: { readonly records: readonly { readonly id: string }[] } = JSON.parse(out);
  return records.map(({ id }) => id).toReversed();
}

describe('list', () => {
  test(
    'tells id, battery, time, length and reason, the newest first, and what to type next',
    async () => {
      const [first = '', second = ''] = await sent('listed', '{"soc":1', '{"soc":"x"}');
      const { code, out, err } = await quarantine('list', '--battery', 'listed');
      expect([code, err]).toEqual([0, '']);
      const lines = out.split('\n');
      expect(lines[0]).toMatch(new RegExp(`^${second}  listed  \\d{4}-\\d\\d-\\d\\d \\S+ UTC  11 bytes$`));
      expect(lines[1]).toBe("    'soc' must be a number in %");
      expect(lines[2]).toContain(first);
      expect(lines[4]).toBe('2 messages, the newest first. One with its bytes: ./amphora quarantine show ID');
    },
    TEST_MS,
  );

  test(
    'filters by words of the reason and by time, takes so many, and says that there are more',
    async () => {
      const ids = await sent('many', '{"soc":1', '{"soc":2', '{"soc":"x"}');
      const listed = async (...words: readonly string[]): Promise<{ ids: readonly string[]; more: boolean }> => {
        const { code, out } = await quarantine('list', '--battery', 'many', '--json', ...words);
        expect(code).toBe(0);
        const { records, more } = JSON.parse(out);
        return { ids: records.map(({ id }: { id: string }) => id), more };
      };
      expect(await listed('--reason', 'valid json')).toEqual({ ids: ids.slice(0, 2).toReversed(), more: false });
      expect(await listed('--from', '-1h', '--limit', '1')).toEqual({ ids: ids.slice(2), more: true });
      expect(await listed('--to', '-1h')).toEqual({ ids: [], more: false });
      const { out } = await quarantine('list', '--battery', 'many', '--limit', '2');
      expect(out).toMatch(/2 messages, the newest first; there are more: --limit 20 shows them/);
      expect((await quarantine('list', '--battery', 'nobody')).out).toBe('Nothing in quarantine is of that kind.\n');
    },
    TEST_MS,
  );
});

describe('show', () => {
  test(
    'tells all that is known, and the original as text',
    async () => {
      const [id = ''] = await sent('shown', '{"soc":7,\n\t"x": "ä"');
      const { code, out } = await quarantine('show', id);
      expect(code).toBe(0);
      for (const line of [
        `id          ${id}`,
        'battery     shown',
        'topic       battery/shown/telemetry',
        'client      c-shown',
        'tried       once',
        'original    20 bytes',
      ])
        expect(out.split('\n')).toContain(line);
      expect(out).toMatch(/^reason {6}\S+ \S+/m);
      expect(out.endsWith('\n\n{"soc":7,\n\t"x": "ä"\n')).toBe(true);
      const { out: json } = await quarantine('show', id, '--json');
      expect(JSON.parse(json)).toMatchObject({ id, original: Buffer.from('{"soc":7,\n\t"x": "ä"').toString('base64') });
    },
    TEST_MS,
  );

  test(
    'dumps what is no text, or would play with the terminal, and plays with none itself',
    async () => {
      const [binary = '', playing = ''] = await sent(
        'dumped',
        Buffer.from([0xff, 0x00, 0x41]),
        '\u001b[2J{"a\u0007":1}',
      );
      expect((await quarantine('show', binary)).out).toMatch(/\n000000 {2}ff 00 41 +\.\.A\n$/);
      const shown = await quarantine('show', playing);
      expect(shown.out).toMatch(/\n000000 {2}1b 5b 32 4a 7b 22 61 07 /);
      const list = await quarantine('list', '--battery', 'dumped');
      for (const { out } of [shown, list]) expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    },
    TEST_MS,
  );

  test.each([
    ['a short text', Buffer.from('soc\r\n=5'), 'soc\r\n=5'],
    ['a text that turns its direction', Buffer.from('a\u202eb'), /^000000 {2}61 e2 80 ae 62 /],
    ['nothing', Buffer.alloc(0), ''],
    ['a long dump', Buffer.alloc(1_030, 1), /\n… and 6 bytes more; --json has them all, in base64$/],
  ])('of %s prints what a terminal may be given', (_, bytes, text) => {
    if (typeof text === 'string') expect(payloadText(bytes)).toBe(text);
    else expect(payloadText(bytes)).toMatch(text);
  });
});

describe('replay', () => {
  test(
    'says of each whether it is stored, and ends with 1 when one is not',
    async () => {
      const [bad = ''] = await sent('replayed', '{"soc":"x"}');
      const good = await mended('mended');
      const { code, out, err } = await quarantine('replay', good, bad, NOBODY, good);
      expect(code).toBe(1);
      expect(out).toBe(`${good}  stored, and no longer in quarantine\n`);
      expect(err).toMatch(
        new RegExp(
          `^amphora: ${bad} still cannot be stored, after 2 attempts: 'soc' must be .*\namphora: there is no record '${NOBODY}'`,
        ),
      );
      const { code: codeOfJson, out: json } = await quarantine('replay', bad, NOBODY, '--json');
      expect(codeOfJson).toBe(1);
      expect(JSON.parse(json)).toEqual({
        results: [
          { id: bad, outcome: 'quarantined', stored: 0, repeated: 0, attempts: 3, reason: expect.any(String) },
          { id: NOBODY, outcome: 'unknown' },
        ],
      });
    },
    TEST_MS,
  );

  test(
    'of what is stored then ends with 0',
    async () => {
      const id = await mended('mended-too');
      const { code, out } = await quarantine('replay', id, '--json');
      expect([code, JSON.parse(out)]).toEqual([0, { results: [{ id, outcome: 'stored', stored: 1, repeated: 0 }] }]);
    },
    TEST_MS,
  );
});

describe('delete', () => {
  test(
    'asks nothing, says what it deleted, and ends with 1 when one was not there',
    async () => {
      const [first = '', second = '', third = ''] = await sent('deleted', '{"a":1', '{"a":2', '{"a":3');
      const both = await quarantine('delete', first, second);
      expect(both).toEqual({ code: 0, out: `${first}  deleted\n${second}  deleted\n`, err: '' });
      const again = await quarantine('delete', first, third, '--json');
      expect([again.code, JSON.parse(again.out)]).toEqual([
        1,
        {
          results: [
            { id: first, outcome: 'unknown' },
            { id: third, outcome: 'deleted' },
          ],
        },
      ]);
      expect((await quarantine('list', '--battery', 'deleted')).out).toBe('Nothing in quarantine is of that kind.\n');
    },
    TEST_MS,
  );
});

test.each(['../../etc/passwd', `${NOBODY}/replay`, 'x'.repeat(5_000), '\u001b[2J', '%00', '?'])(
  'an id such as %j is of nothing: 1, and a sentence',
  async (id) => {
    for (const deed of ['show', 'replay', 'delete']) {
      const { code, out, err } = await quarantine(deed, id);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(
        /^amphora: there is no record '.*' in the quarantine; \.\/amphora quarantine list shows those there are\n$/,
      );
      expect(err).not.toContain('\u001b');
    }
  },
  TEST_MS,
);

describe('a question that makes no sense', () => {
  test.each([
    [[], /say what is to be done: .\/amphora quarantine list, show ID/],
    [['lits'], /unknown word 'lits'; did you mean .\/amphora quarantine list\?/],
    [['show'], /name the record: .\/amphora quarantine show ID/],
    [['delete'], /name the record/],
    [['show', 'a', 'b'], /show takes one id, 'b' is one too many/],
    [['list', 'a'], /list takes no id, 'a' was given/],
    [['list', '--limit', '0'], /--limit must be a whole number from 1 to 100000, not '0'/],
    [['delete', '--battery', 'boat'], /--battery is for .\/amphora quarantine list; delete takes ids/],
    [['list', '--from', 'yesterday'], /answered 400: 'from' is "yesterday", which is no time/],
    [['list', '--nearly', '5'], /unknown flag --nearly/],
  ])(
    '(%j) is told why, and ends with 2',
    async (words, sentence) => {
      const { code, out, err } = await quarantine(...words);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^amphora: [^\n]+\n$/);
      expect(err).toMatch(sentence);
    },
    TEST_MS,
  );
});

describe('where nothing can be asked', () => {
  test('nobody answers: 2, with what to do', async () => {
    const { code, err } = await runCli(folder.path, ['quarantine', 'list', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(2);
    expect(err).toMatch(/nothing answers at http:\/\/127\.0\.0\.1:1 .*\.\/amphora start/);
  });

  test('no Amphora runs in the folder that is named', async () => {
    const { code, err } = await runCli(folder.path, ['quarantine', 'list', '--data', 'empty']);
    expect([code, err]).toEqual([2, expect.stringContaining('no Amphora runs in empty')]);
  });

  test(
    'it is not Amphora that answers, or it wants a sign-in: the token goes there and nowhere else',
    async () => {
      const seen: (string | undefined)[] = [];
      const answers = [
        [404, '<html>nothing here</html>', {}],
        [401, '{"message":"Unauthorized"}', {}],
        [403, '{"message":"Forbidden"}', {}],
        [302, '', { location: 'http://127.0.0.1:1/quarantine' }],
        [200, '[]', {}],
      ] as const;
      let at = 0;
      const server = createServer(({ headers }, response) => {
        seen.push(headers.authorization);
        const [status, body, more] = answers[at++] ?? answers[0];
        response.writeHead(status, more).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${addressOf(server.address()).port}`;
      const told: Ran[] = [];
      for (const _ of answers)
        told.push(await runCli(folder.path, ['quarantine', 'list', '--url', url], { AMPHORA_TOKEN: 'a-token' }));
      server.close();
      expect(told.map(({ code }) => code)).toEqual([2, 2, 2, 2, 0]);
      expect(told.map(({ err }) => err)).toEqual([
        expect.stringContaining('it is not Amphora, or an older one'),
        expect.stringContaining('The token in AMPHORA_TOKEN is not taken there'),
        expect.stringContaining('Who is signed in may not read there'),
        expect.stringContaining('answered 302'),
        '',
      ]);
      expect(new Set(seen)).toEqual(new Set(['Bearer a-token']));
    },
    TEST_MS,
  );
});

/** The one message of a battery, which would be stored now. */
async function mended(battery: string): Promise<string> {
  const { out } = await quarantine('list', '--battery', battery, '--json');
  return JSON.parse(out).records[0]?.id ?? '';
}
