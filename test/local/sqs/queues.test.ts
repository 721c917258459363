import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openQueues, type Queues } from '../../../local/sqs/queues.ts';
import { type DrivenClock, drivenClock } from '../driven-clock.ts';
import { inTempFolder } from '../temp-folder.ts';
import { sqsCases } from './cases.ts';
import { type LocalSqs, localSqs } from './local-sqs.ts';

const SECOND_MS = 1_000;

describe('the local SQS, as SQS does it', () => {
  let folder: string;
  let sqs: LocalSqs;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'amphora-queues-'));
    sqs = localSqs(folder);
  });
  afterEach(async () => {
    await sqs.close();
    rmSync(folder, { recursive: true, force: true });
  });

  sqsCases(() => sqs);
});

type Bench = { readonly queues: Queues; readonly clock: DrivenClock; readonly path: string };

const withQueues = async (use: (bench: Bench) => Promise<void>): Promise<void> =>
  inTempFolder(async (folder) => {
    const path = join(folder, 'queues.sqlite');
    const clock = drivenClock();
    const queues = openQueues(path, clock);
    try {
      await use({ queues, clock, path });
    } finally {
      await queues.close();
    }
  });

describe('the local SQS', () => {
  test('opened again it has every message as it was: hidden until its time, counted, and not what was removed', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'queues.sqlite');
      const clock = drivenClock();
      const settings = { name: 'q', visibilityMs: 10 * SECOND_MS };
      const before = openQueues(path, clock);
      const queue = before.queue(settings);
      for (const body of ['gone', 'hidden', 'waiting']) await queue.send(body);
      const [gone, hidden] = await queue.receive({ max: 2 });
      expect(queue.remove([gone?.receiptHandle ?? ''])).toBe(1);
      await before.close();

      const after = openQueues(path, clock);
      const again = after.queue(settings);
      expect(after.known()).toEqual([settings]);
      expect(again.counts()).toEqual({ visible: 1, inFlight: 1, oldestSentAtMs: clock.nowMs() });
      expect(await again.receive({ max: 10 })).toMatchObject([{ body: 'waiting', receiveCount: 1 }]);
      await clock.advance(10 * SECOND_MS);
      const back = await again.receive({ max: 10 });
      expect(back.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
        ['hidden', 2],
        ['waiting', 2],
      ]);
      expect(again.remove([hidden?.receiptHandle ?? ''])).toBe(0);
      await after.close();
    });
  });

  test('a process that is killed has on disk whatever it said that it took', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'queues.sqlite');
      const child = spawn(process.execPath, [join(import.meta.dirname, 'queue-sender.ts'), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const taken: string[] = [];
      const exited = once(child, 'exit');
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        taken.push(line);
        if (taken.length === 500) child.kill('SIGKILL');
      });
      await Promise.all([exited, once(lines, 'close')]);
      expect(taken.length).toBeGreaterThanOrEqual(500);

      const clock = drivenClock(Date.now());
      const queues = openQueues(path, clock);
      const queue = queues.queue({ name: 'q', visibilityMs: 30 * SECOND_MS });
      const found = new Set<string>();
      for (;;) {
        const messages = await queue.receive({ max: 10 });
        if (messages.length === 0) break;
        for (const { body } of messages) found.add(body);
      }
      await queues.close();
      expect(taken.filter((body) => !found.has(body))).toEqual([]);
    });
  });

  test('nobody else may read the file', async () => {
    await withQueues(async ({ queues, path }) => {
      await queues.queue({ name: 'q', visibilityMs: SECOND_MS }).send('a');
      expect(['', '-wal', '-shm'].map((ending) => statSync(`${path}${ending}`).mode & 0o777)).toEqual([
        0o600, 0o600, 0o600,
      ]);
    });
  });

  test('a file that is gone takes nothing more, and says so', async () => {
    await withQueues(async ({ queues, path }) => {
      const queue = queues.queue({ name: 'q', visibilityMs: SECOND_MS });
      await queue.send('a');
      rmSync(path);
      await expect(queue.send('b')).rejects.toMatchObject({ code: 'queue-unavailable', retry: true });
      await expect(queue.send('c')).rejects.toThrow('removed or replaced while in use');
    });
  });

  test('a message beyond the limit of SQS is refused by its size', async () => {
    await withQueues(async ({ queues }) => {
      const queue = queues.queue({ name: 'q', visibilityMs: SECOND_MS });
      await expect(queue.send('ü'.repeat(524_289))).rejects.toThrow('1048576 bytes at most');
      await queue.send('ü'.repeat(524_288));
      expect(queue.counts().visible).toBe(1);
    });
  });

  test('the receivers of an earlier run are gone: what they had can be given back before its time', async () => {
    await withQueues(async ({ queues, clock }) => {
      const queue = queues.queue({ name: 'q', visibilityMs: 3_600 * SECOND_MS });
      await queue.send('a');
      await queue.receive({ max: 1 });
      const polling = queue.receive({ max: 1, waitMs: 20 * SECOND_MS });
      queue.giveBackAll();
      expect(await clock.until(polling)).toMatchObject([{ body: 'a', receiveCount: 2 }]);
    });
  });

  test('a poll ends with its signal and with the queues, before its time', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    await withQueues(async ({ queues }) => {
      const queue = queues.queue({ name: 'q', visibilityMs: SECOND_MS });
      const stopping = new AbortController();
      const aborted = queue.receive({ max: 1, waitMs: 20 * SECOND_MS }, stopping.signal);
      closed = queue.receive({ max: 1, waitMs: 20 * SECOND_MS });
      stopping.abort();
      expect(await aborted).toEqual([]);
    });
    expect(await closed).toEqual([]);
  });
});
