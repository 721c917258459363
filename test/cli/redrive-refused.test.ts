/** `./amphora redrive` where nobody answers, or somebody else does. */
import { describe, expect, test } from '@jest/globals';
import { folderOfTest } from './folder-of-test.ts';
import { type Garbage, moved, redriveOfTest, type Waits, waiting } from './redrive-peer.ts';
import { runHere } from './terminal.ts';

const folder = folderOfTest();
const at = redriveOfTest(folder);
const { redrive } = at;

describe('what is no answer', () => {
  const WAITING_ODD = { text: '{"waiting":1,"inFlight":0,"queues":[{"queue":"a","waiting":-1,"inFlight":0}]}' };
  const CASES: readonly (readonly [string, Waits, RegExp])[] = [
    [
      'an older Amphora',
      { status: 404, body: { message: 'there is nothing at /redrive; GET /swagger.json lists the routes' } },
      /answered 404: there is nothing at \/redrive.*or an older one than this command/,
    ],
    ['a gateway without that route', { status: 404, body: { message: 'Not Found' } }, /an older one than this command/],
    ['another API', { status: 404, body: { error: 'nothing here' } }, /is not what Amphora says/],
    [
      'one that wants a sign-in',
      { status: 401, body: { message: 'Unauthorized' } },
      /wants a sign-in: \.\/amphora login/,
    ],
    ['a page', { text: '<html>' }, /is not Amphora's API: it sends no JSON/],
    ['JSON of another kind', { text: '{"queues":{}}' }, /is not what Amphora says/],
    ['counts that are none', WAITING_ODD, /is not what Amphora says/],
    ['a connection that ends', 'hang-up', /nothing answers at .*\.\/amphora start/],
  ];

  test.each(CASES)('%s is told in one sentence, with 2', async (_, said, sentence) => {
    at.amphora.waits(said);
    at.amphora.redrives(moved({}));
    for (const words of [[], ['--apply']]) {
      const { code, out, err } = await redrive(words);
      expect([code, out, err]).toEqual([2, '', expect.stringMatching(/^amphora: [^\n]+\n$/)]);
      expect(err).toMatch(sentence);
    }
    expect(at.amphora.asked).not.toContain('POST');
  });

  const AFTER: readonly (readonly [string, Garbage, RegExp])[] = [
    ['without its queues', { text: '{"more":false}' }, /is not what Amphora says/],
    ['without more', { text: '{"queues":[]}' }, /is not what Amphora says/],
    ['with counts that are none', { text: '{"more":true,"queues":[{"queue":"a","moved":"1"}]}' }, /not what Amphora/],
    ['that never came', 'hang-up', /nothing answers at/],
  ];

  test.each(AFTER)('an answer %s leaves told what was moved before', async (_, said, sentence) => {
    at.amphora.waits(waiting(9, 0));
    at.amphora.redrives(moved({ moved: 3, stored: 3 }, { more: true }), said);
    const { code, out, err } = await redrive(['--apply']);
    expect([code, out.split('\n')[0]]).toEqual([2, expect.stringContaining('3 messages moved')]);
    expect(err).toMatch(sentence);
  });

  test('who may read and not write is told so', async () => {
    at.amphora.waits(waiting(9, 0));
    at.amphora.redrives({ status: 403, body: { message: 'Forbidden' } });
    const { code, err } = await redrive(['--apply'], { env: { AMPHORA_TOKEN: 'a-token' } });
    expect([code, err]).toEqual([2, expect.stringContaining('Who is signed in may not write there')]);
    expect(at.amphora.asked).toEqual(['GET Bearer a-token', 'POST Bearer a-token']);
  });

  test('nobody at the address, or no Amphora in the folder: 2, with what to do', async () => {
    await at.amphora.close();
    const { code, err } = await redrive();
    expect([code, err]).toEqual([2, expect.stringMatching(/nothing answers at \S+ \(.*ECONNREFUSED/)]);
    const none = await runHere(folder, ['redrive', '--data', 'empty']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('no Amphora runs in empty')]);
  });
});
