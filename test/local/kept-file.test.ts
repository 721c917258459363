import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { KeptMessage } from '../../lambdas/telemetry/write-message.ts';
import { type KeptFile, openKeptFile } from '../../local/kept-file.ts';
import { inTempFolder } from './temp-folder.ts';

const kept = (i: number, more: Partial<KeptMessage> = {}): KeptMessage => ({
  reason: `reason ${i}`,
  original: Buffer.from(`payload ${i}`).toString('base64'),
  topic: 'battery/boat/telemetry',
  clientId: 'c',
  receivedAt: 1795435200000 + i,
  traceId: `trace-${i}`,
  ...more,
});

/** What another program reads there: a JSON object a line; a line that is none counts for nothing. */
function readable(path: string): readonly unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

async function using<T>(path: string, use: (file: KeptFile) => Promise<T>): Promise<T> {
  const file = await openKeptFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

describe('kept file', () => {
  test('a record is a line of JSON on disk when its append resolves', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      await using(path, async (file) => {
        await file.append(kept(1, { reason: 'two\nlines, a "quote" and an ä', clientId: null, traceId: null }));
        expect(readable(path)).toEqual([
          kept(1, { reason: 'two\nlines, a "quote" and an ä', clientId: null, traceId: null }),
        ]);
        expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2);
        expect(file.count()).toBe(1);
      });
    });
  });

  test('the same message again is one record, also after a restart', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      await using(path, async (file) => {
        await Promise.all([file.append(kept(1)), file.append(kept(1)), file.append(kept(2))]);
        expect(file.count()).toBe(2);
      });
      await using(path, async (file) => {
        expect(file.count()).toBe(2);
        await file.append(kept(1, { reason: 'said differently' }));
        await file.append(kept(3));
        expect(file.count()).toBe(3);
      });
      expect(readable(path)).toEqual([kept(1), kept(2), kept(3)]);
    });
  });

  test.each([
    ['topic', { topic: 'battery/b2/telemetry' }],
    ['time of receipt', { receivedAt: 1 }],
    ['payload', { original: 'e30=' }],
  ])('two messages that differ in their %s are two records', async (_, other) => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      await using(path, async (file) => {
        await file.append(kept(1));
        await file.append(kept(1, other));
        expect(file.count()).toBe(2);
      });
    });
  });

  test('many at once are all there, in order, none of them torn', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      const all = Array.from({ length: 200 }, (_, i) => kept(i, { original: 'QUJD'.repeat(i) }));
      await using(path, async (file) => void (await Promise.all(all.map(async (one) => file.append(one)))));
      expect(readable(path)).toEqual(all);
    });
  });

  test('behind a line that a crash cut in two the next record is readable', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      await using(path, async (file) => file.append(kept(1)));
      appendFileSync(path, JSON.stringify(kept(2)).slice(0, 40));
      await using(path, async (file) => {
        expect(file.count()).toBe(1);
        await file.append(kept(2));
        await file.append(kept(3));
      });
      expect(readable(path)).toEqual([kept(1), kept(2), kept(3)]);
      await using(path, async (file) => expect(file.count()).toBe(3));
    });
  });

  test('lines of somebody else’s hand do not stop a start', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      writeFileSync(path, `\n# a note\nnull\n5\n"x"\n{}\n${JSON.stringify(kept(1))}\n`);
      await using(path, async (file) => {
        await file.append(kept(1));
        await file.append(kept(2));
      });
      expect(readable(path).filter((line) => JSON.stringify(line).includes('trace'))).toEqual([kept(1), kept(2)]);
    });
  });

  test('closing waits for what is being written', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      const file = await openKeptFile(path);
      const appended = Promise.all(Array.from({ length: 20 }, async (_, i) => file.append(kept(i))));
      await file.close();
      await appended;
      expect(readable(path)).toHaveLength(20);
    });
  });

  test('a file that is closed rejects a record, rather than dropping it', async () => {
    await inTempFolder(async (folder) => {
      const file = await openKeptFile(join(folder, 'kept.ndjson'));
      await file.close();
      await expect(file.append(kept(1))).rejects.toMatchObject({ code: 'EBADF' });
      expect(file.count()).toBe(0);
    });
  });

  test('nobody else may read it, and it is there from the start', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      await using(path, async () => undefined);
      expect(existsSync(path)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
  });

  test('of a long file every record counts, and its newest are still known', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'kept.ndjson');
      const record = (i: number) => ({
        reason: 'x'.repeat(2_000),
        original: 'AA==',
        topic: 'battery/boat/telemetry',
        clientId: null,
        receivedAt: i,
        traceId: null,
      });
      const count = 10_000;
      writeFileSync(path, Array.from({ length: count }, (_, i) => `${JSON.stringify(record(i))}\n`).join(''));
      const kept = await openKeptFile(path);
      expect(kept.count()).toBe(count);
      await kept.append(record(count - 1));
      expect(kept.count()).toBe(count);
      await kept.append(record(count));
      expect(kept.count()).toBe(count + 1);
      await kept.close();
    });
  });
});
