/** `./amphora redrive` at a runtime that runs, and whose store goes away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RedriveAnswer, WaitingAnswer } from '../../lambdas/redrive/redrive-answer.ts';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { until } from '../end-to-end/until.ts';
import { type Folder, type Ran, runCli, temporaryFolder } from './run-cli.ts';

type Applied = RedriveAnswer & { readonly inHand: number };

const START_MS = 130_000;
const TEST_MS = 90_000;
const SENT = 12;

let amphora: LocalAmphora;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder();
  amphora = await startLocal();
}, START_MS);
afterAll(() => folder.remove());

const here = (...words: readonly string[]): Promise<Ran> => runCli(folder.path, [...words, '--data', amphora.dataDir]);
const redrive = (...words: readonly string[]): Promise<Ran> => here('redrive', ...words);

async function waiting(): Promise<number> {
  const answer: WaitingAnswer = JSON.parse((await redrive('--json')).out);
  return answer.waiting + answer.inFlight;
}

describe('redrive', () => {
  test(
    'tells of what an outage left, says that it goes on, and stores it when it is over',
    async () => {
      expect(await redrive()).toMatchObject({ code: 0, out: expect.stringMatching(/^Nothing waits/) });
      const device = await amphora.device({ clientId: 'c-outage' });
      await amphora.withoutStore(async () => {
        for (let i = 0; i < SENT; i++)
          await device.publish(
            'battery/outage/telemetry',
            JSON.stringify({ soc: i, timestamp: 1_790_000_000_000 + i }),
          );
        await until('all of them to wait', async () => (await waiting()) === SENT, TEST_MS);
        const looked = await redrive();
        expect([looked.code, looked.out]).toEqual([
          1,
          expect.stringContaining(`-> store them: ./amphora redrive --apply`),
        ]);
        const tried = await redrive('--apply');
        expect([tried.code, tried.out, tried.err]).toEqual([2, '', expect.stringMatching(/answered 503: /)]);
      });
      await device.end();
      expect((await here('doctor')).out).toMatch(/^\w+ +failed +.*failure queues/m);
      const applied = await redrive('--apply', '--json');
      const { moved, stored, quarantined, inHand }: Applied = JSON.parse(applied.out);
      expect([applied.code, applied.err]).toEqual([inHand === 0 ? 0 : 1, '']);
      expect({ stored, quarantined }).toEqual({ stored: moved, quarantined: 0 });
      // The runtime looks after its queues each minute, and on a slow machine before us.
      const isBeforeUs = (await amphora.logged('redriven')).length > 0;
      expect(isBeforeUs || moved === SENT).toBe(true);
      await until('nothing to wait', async () => (await redrive()).code === 0, TEST_MS);
      expect(await amphora.drained()).toEqual({ stored: SENT, kept: 0 });
    },
    TEST_MS,
  );
});
