import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Batch, openProgress } from '../../../cli/migrate/progress-file.ts';
import { folderOfTest } from '../folder-of-test.ts';

const folder = folderOfTest();

const PLACE = { url: 'http://localhost:8086', org: 'ENI', from: 'a', to: 'b' };
const batchOf = (upToNs: bigint): Batch => ({
  measurement: 'm',
  series: 'm,t=x',
  upToNs,
  moved: [{ field: 'v', kind: 'float', read: 2, written: 2, rounded: 0 }],
});

describe('the progress file', () => {
  test('gives back every batch that was noted, to the nanosecond', async () => {
    const batches = [batchOf(-5n), batchOf(1_700_000_000_000_000_001n)];
    const first = await openProgress(join(folder.path, 'data'), PLACE);
    expect(first.batches).toEqual([]);
    for (const batch of batches) await first.add(batch);
    const second = await openProgress(join(folder.path, 'data'), PLACE);
    expect(second.path).toBe(first.path);
    expect(second.batches).toEqual(batches);
  });

  test('is another one for another copy', async () => {
    const paths = await Promise.all(
      [PLACE, { ...PLACE, to: 'c' }, { ...PLACE, url: 'http://other:8086' }].map(
        async (place) => (await openProgress(folder.path, place)).path,
      ),
    );
    expect(new Set(paths).size).toBe(3);
  });

  test('forgets a line that a crash cut in two, and goes on behind it', async () => {
    const { path, add } = await openProgress(folder.path, PLACE);
    await add(batchOf(1n));
    appendFileSync(path, '{"measurement":"m","ser');
    const again = await openProgress(folder.path, PLACE);
    expect(again.batches).toEqual([batchOf(1n)]);
    await again.add(batchOf(2n));
    expect((await openProgress(folder.path, PLACE)).batches).toEqual([batchOf(1n), batchOf(2n)]);
  });

  test('that is of something else begins anew', async () => {
    const { path } = await openProgress(folder.path, PLACE);
    writeFileSync(path, 'something else\n{}\n');
    expect((await openProgress(folder.path, PLACE)).batches).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(PLACE)}\n`);
  });

  test('is gone when the copy is done', async () => {
    const { path, remove } = await openProgress(folder.path, PLACE);
    expect(existsSync(path)).toBe(true);
    await remove();
    expect(existsSync(path)).toBe(false);
  });
});
