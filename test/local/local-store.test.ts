import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Point } from '../../lambdas/store/store.ts';
import { onceTrue, openLocalStore } from '../../local/local-store.ts';
import { inTempFolder } from './temp-folder.ts';

const pointOf = (battery: string, atMs: number): Point => ({
  measurement: 'battery',
  battery,
  atMs,
  nanos: 0,
  fingerprint: 0,
  fields: { charge: 1 },
});

describe('the local store on SQLite', () => {
  test('counts and dates the real batteries only', async () => {
    await inTempFolder(async (folder) => {
      const file = join(folder, 'store.sqlite');
      const local = await openLocalStore({ kind: 'sqlite' }, file);
      const store = sqliteStore({ file });
      expect(await local.holdsReal()).toBe(false);
      await store.append([pointOf('demo', 1_000)]);
      expect(await local.holdsReal()).toBe(false);
      expect(await local.health()).toEqual({ stored: 0, collided: 0 });
      await store.append([pointOf('garage', 2_000), pointOf('garage', 3_000)]);
      expect(await local.holdsReal()).toBe(true);
      expect(await local.span()).toMatchObject({ firstAtMs: 2_000, lastAtMs: 3_000 });
      expect(await local.health()).toEqual({ stored: 2, collided: 0 });
      await local.remove('garage');
      expect(await local.health()).toEqual({ stored: 0, collided: 0 });
      expect(local.checkpoint()).toBe(true);
      await Promise.all([local.close(), store.close()]);
    });
  });
});

describe('what is asked until it is true', () => {
  test('is not asked again, and is asked again after a no or a failure', async () => {
    const answers = [false, new Error('down'), true];
    let asked = 0;
    const ask = onceTrue(async () => {
      const answer = answers[asked++];
      if (typeof answer !== 'boolean') throw answer;
      return answer;
    });
    expect(await ask()).toBe(false);
    await expect(ask()).rejects.toThrow('down');
    expect(await ask()).toBe(true);
    expect(await ask()).toBe(true);
    expect(asked).toBe(3);
  });
});
