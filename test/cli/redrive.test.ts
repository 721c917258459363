/** `./amphora redrive` at an Amphora that is its wire: what waits, what is moved, and what comes between. */
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type RedriveAnswer, redriveAnswer, waitingAnswer } from '../../lambdas/redrive/redrive-answer.ts';
import type { Redriven } from '../../lambdas/redrive/redrive-queues.ts';
import { until } from '../end-to-end/until.ts';
import { folderOfTest } from './folder-of-test.ts';
import { moved, NOTHING, redriveOfTest, waiting } from './redrive-peer.ts';
import { type Ran, startCli } from './run-cli.ts';

jest.setTimeout(30_000);

const folder = folderOfTest();
const at = redriveOfTest(folder);
const { redrive } = at;
const apply = (...words: readonly string[]): Promise<Ran> => redrive(['--apply', ...words]);

describe('redrive', () => {
  test('where nothing waits says so, and ends with 0', async () => {
    at.amphora.waits(waiting(0, 0));
    const out = `Nothing waits in the failure queues at ${at.amphora.url}.\n`;
    expect(await redrive()).toEqual({ code: 0, out, err: '' });
    expect(at.amphora.asked).toEqual(['GET']);
  });

  test('where something waits counts it by queue, changes nothing, names the next command, and ends with 1', async () => {
    at.amphora.waits(waiting(12, 1, 3));
    expect(await redrive()).toEqual({
      code: 1,
      out: [
        `In the failure queues at ${at.amphora.url}: 13 messages waiting, 3 in hand of a redrive`,
        '  UnwrittenReadings    12 waiting, 3 in hand',
        '  UndeliveredMessages  1 waiting, 0 in hand',
        `-> store them: ./amphora redrive --apply --url ${at.amphora.url}`,
        '',
      ].join('\n'),
      err: '',
    });
    expect(at.amphora.asked).toEqual(['GET']);
  });

  test('what is in hand only is to be waited for', async () => {
    at.amphora.waits(waiting(0, 0, 3));
    const { code, out } = await redrive();
    expect([code, out]).toEqual([1, expect.stringMatching(/-> in five minutes what is in hand is stored, or waits/)]);
  });

  test('--json is the answer as one object', async () => {
    at.amphora.waits(waiting(2, 0));
    const { code, out } = await redrive(['--json']);
    expect([code, JSON.parse(out)]).toEqual([1, waiting(2, 0).body]);
  });

  test('a queue cannot play with the terminal', async () => {
    at.amphora.waits({ body: waitingAnswer([{ queue: 'a\u001b[2J\u202eb', waiting: 1, inFlight: 0 }]) });
    expect((await redrive()).out).toContain('\n  a[2Jb  1 waiting');
  });
});

describe('redrive --apply', () => {
  test('asks again until nothing is left, and tells the sum of all answers by queue', async () => {
    at.amphora.waits(waiting(30, 1));
    at.amphora.redrives(
      moved({ moved: 20, stored: 38, repeated: 2 }, { more: true }),
      moved({ moved: 9, stored: 9 }, { more: true }),
      {
        body: redriveAnswer({
          queues: [
            { ...NOTHING, moved: 1, repeated: 1 },
            { ...NOTHING, queue: 'UndeliveredMessages', moved: 1, stored: 1 },
          ],
          isDone: true,
        }),
      },
    );
    expect(await apply()).toEqual({
      code: 0,
      out: [
        `Out of the failure queues at ${at.amphora.url}: 31 messages moved, 48 points stored, 3 already there, 0 messages quarantined`,
        '  UnwrittenReadings    30 messages moved, 47 points stored, 3 already there, 0 messages quarantined',
        '  UndeliveredMessages  1 message moved, 1 point stored, 0 already there, 0 messages quarantined',
        '',
      ].join('\n'),
      err: '',
    });
    expect(at.amphora.asked).toEqual(['GET', 'POST', 'POST', 'POST']);
  });

  test('whatever the answers, what is told is their sum', async () => {
    const count = fc.nat(1_000);
    const queue = fc.record({
      queue: fc.constantFrom('UnwrittenReadings', 'UndeliveredMessages', 'DeadMessages'),
      moved: fc.integer({ min: 1, max: 1_000 }),
      stored: count,
      repeated: count,
      quarantined: count,
    });
    const round = fc.uniqueArray(queue, { selector: (one) => one.queue, minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
        at.amphora.waits(waiting(1, 0));
        at.amphora.redrives(
          ...rounds.map((queues, i) => ({ body: redriveAnswer({ queues, isDone: i === rounds.length - 1 }) })),
        );
        const told: RedriveAnswer = JSON.parse((await apply('--json')).out);
        const total = (queues: readonly Redriven[], name?: string) => {
          const chosen = queues.filter((one) => name === undefined || one.queue === name);
          const sum = (what: 'moved' | 'stored' | 'repeated' | 'quarantined') =>
            chosen.reduce((all, one) => all + one[what], 0);
          return [sum('moved'), sum('stored'), sum('repeated'), sum('quarantined')];
        };
        const { moved: messages, stored, repeated, quarantined, queues } = told;
        expect([messages, stored, repeated, quarantined]).toEqual(total(rounds.flat()));
        for (const { queue: name } of rounds.flat()) expect(total(queues, name)).toEqual(total(rounds.flat(), name));
      }),
      { numRuns: 25 },
    );
  });

  test('where nothing waits says so, and ends with 0', async () => {
    at.amphora.waits(waiting(0, 0));
    at.amphora.redrives(moved({}));
    const out = `Nothing waits in the failure queues at ${at.amphora.url}.\n`;
    expect(await apply()).toEqual({ code: 0, out, err: '' });
  });

  test('what still cannot be stored is where it says, and ends with 1', async () => {
    at.amphora.waits(waiting(2, 0));
    at.amphora.redrives(moved({ moved: 2, stored: 1, quarantined: 1 }));
    const { code, out, err } = await apply();
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('2 messages moved, 1 point stored, 0 already there, 1 message quarantined\n');
    expect(out).toContain(`each with its reason: ./amphora quarantine list --url ${at.amphora.url}\n`);
  });

  test('what another redrive has in hand is told, and ends with 1', async () => {
    at.amphora.waits(waiting(0, 0, 4));
    at.amphora.redrives(moved({}));
    expect(await apply()).toEqual({
      code: 1,
      out: [
        '4 messages were in hand of another redrive when this one began',
        `-> in five minutes they are stored, or wait again: ./amphora redrive --url ${at.amphora.url}`,
        '',
      ].join('\n'),
      err: '',
    });
  });

  test('an Amphora that always has more and moves nothing is asked once', async () => {
    at.amphora.waits(waiting(4, 0));
    at.amphora.redrives(moved({}, { more: true }));
    const { code, out, err } = await apply();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^amphora: there is more, but nothing of it could be taken out: .* in five minutes\n$/);
    expect(at.amphora.asked).toEqual(['GET', 'POST']);
  });

  test('--json is one object with what was moved', async () => {
    at.amphora.waits(waiting(2, 0, 1));
    at.amphora.redrives(moved({ moved: 2, stored: 4, repeated: 1 }));
    const { code, out, err } = await apply('--json');
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out)).toEqual({ ...moved({ moved: 2, stored: 4, repeated: 1 }).body, inHand: 1 });
  });

  test('a person at a terminal sees how far it is', async () => {
    at.amphora.waits(waiting(2, 0));
    at.amphora.redrives(moved({ moved: 2, stored: 2 }));
    const { err } = await redrive(['--apply'], { isTerminal: true });
    expect(err.startsWith('\r\u001b[K0 of about 2 messages moved')).toBe(true);
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('a database that goes away', () => {
  const AWAY = 'InfluxDB at http://db:8086 does not answer';

  test('in the middle: what was moved before, the reason, and 2', async () => {
    at.amphora.waits(waiting(9, 0));
    at.amphora.redrives(
      moved({ moved: 3, stored: 3 }, { more: true }),
      moved({ moved: 2, stored: 2 }, { more: true, stopped: AWAY }),
    );
    const { code, out, err } = await apply();
    expect([code, out.split('\n')[0]]).toEqual([2, expect.stringContaining('5 messages moved, 5 points stored')]);
    expect(err).toBe(
      `amphora: the rest could not be stored: ${AWAY}; it waits where it was, type the same again later\n`,
    );
    const json = await apply('--json');
    expect([json.code, JSON.parse(json.out)]).toMatchObject([
      2,
      { moved: 2, more: true, stopped: AWAY, error: expect.stringContaining(AWAY) },
    ]);
  });

  test('before anything was moved, or between two requests: one sentence, what was moved before, and 2', async () => {
    at.amphora.waits(waiting(9, 0));
    const refused = { status: 503, headers: { 'retry-after': '5' }, body: { error: AWAY } };
    at.amphora.redrives(refused);
    const first = await apply();
    expect([first.code, first.out]).toEqual([2, '']);
    expect(first.err).toBe(`amphora: ${at.amphora.url} answered 503: ${AWAY}; type the same again later\n`);
    at.amphora.redrives(moved({ moved: 3, stored: 3 }, { more: true }), refused);
    const second = await apply();
    expect([second.code, second.out.split('\n')[0], second.err]).toEqual([
      2,
      expect.stringContaining('3 messages moved'),
      first.err,
    ]);
    at.amphora.redrives(moved({ moved: 3, stored: 3 }, { more: true }), refused);
    expect(JSON.parse((await apply('--json')).out)).toMatchObject({ moved: 3, error: expect.stringContaining(AWAY) });
  });
});

describe('Ctrl-C', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '(%s) lets the request end that runs, tells what was moved, and asks for no more',
    async (signal) => {
      let answer: () => void = () => undefined;
      const when = new Promise<void>((resolve) => (answer = resolve));
      at.amphora.waits(waiting(9, 0));
      at.amphora.redrives(moved({ moved: 3, stored: 3 }, { more: true }), {
        ...moved({ moved: 2, stored: 2 }, { more: true }),
        when,
      });
      const words = ['redrive', '--apply', '--url', at.amphora.url];
      const { child, done } = startCli(folder.path, words);
      let told = '';
      child.stderr?.on('data', (text: string) => (told += text));
      await until('the second request', () => at.amphora.asked.length === 3);
      child.kill(signal);
      await until('the word that it stops', () => told.startsWith('Stopping when the request that runs has ended'));
      answer();
      const { code, out, err } = await done;
      expect([code, out.split('\n')[0]]).toEqual([2, expect.stringContaining('5 messages moved, 5 points stored')]);
      expect(err.split('\n')[1]).toBe(
        `amphora: stopped; what was moved stands, and the rest waits where it was. Run it again: ./amphora redrive --apply --url ${at.amphora.url}`,
      );
      expect(at.amphora.asked).toHaveLength(3);
    },
  );

  test('in the last request is no matter', async () => {
    at.amphora.waits(waiting(3, 0));
    const stop = new AbortController();
    at.amphora.redrives({ ...moved({ moved: 3, stored: 3 }), when: until('the stop', () => stop.signal.aborted) });
    const running = redrive(['--apply'], { stop: stop.signal });
    await until('the request', () => at.amphora.asked.length === 2);
    stop.abort();
    expect(await running).toMatchObject({ code: 0, out: expect.stringContaining('3 messages moved') });
  });
});
