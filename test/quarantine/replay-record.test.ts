/** What becomes of a record that is tried again: the writer's own flow, on a real store and a real folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import type { Quarantine } from '../../lambdas/quarantine/quarantine.ts';
import { firstRecord, type QuarantineRecord } from '../../lambdas/quarantine/record.ts';
import { type Replayed, replayRecord } from '../../lambdas/quarantine/replay-record.ts';
import { fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import { type WriteDeps, writeMessage } from '../../lambdas/telemetry/write-message.ts';
import { HOSTILE_IDS } from './contract.ts';
import { message, NOON_MS, record } from './records.ts';

const NOW_MS = NOON_MS + 60_000;

let folder: string;
let quarantine: Quarantine;
let store: SqliteStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amphora-replay-'));
  quarantine = fileQuarantine(folder, () => {});
  store = sqliteStore({ file: ':memory:' });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const replay = (id: string, append: WriteDeps['append'] = store.append): Promise<Replayed> =>
  replayRecord({
    quarantine,
    write: (envelope, keep) => writeMessage({ append, quarantine: keep, parseJson, topicRoot: 'battery' })(envelope),
    nowMs: () => NOW_MS,
  })(id);

const bytes = (text: string): string => Buffer.from(text).toString('base64');

async function put(original: string): Promise<QuarantineRecord> {
  return quarantine.put(await record(1, { original: bytes(original) }));
}

const stored = async (): Promise<readonly unknown[]> =>
  (await store.points({ battery: 'boat', fromMs: 0, toMs: NOW_MS, limit: 10 })).map(({ fields }) => fields);

describe('a record that is replayed', () => {
  test('whose message is good after all is stored at its time of receipt, and no record any more', async () => {
    const { id } = await put('{"soc":5}');
    expect(await replay(id)).toEqual({ kind: 'stored', result: { stored: 1, repeated: 0, collided: 0 } });
    expect(await quarantine.get(id)).toBeUndefined();
    expect(await stored()).toEqual([{ soc: 5, received: 1 }]);
    expect((await store.batteries())[0]).toMatchObject({ firstAtMs: NOON_MS + 1 });
  });

  test('that is stored already is no record any more, and stored once', async () => {
    const { id, ...one } = await put('{"soc":5}');
    await replay(id);
    await quarantine.put({ id, ...one });
    expect(await replay(id)).toMatchObject({ kind: 'stored', result: { stored: 0, repeated: 1 } });
    expect(await stored()).toHaveLength(1);
  });

  test('of which a part is bad stays, with its newest reason and one attempt more; its good part is stored once', async () => {
    const { id } = await put('{"samples":[{"soc":5},{"soc":"high"}]}');
    for (const attempts of [2, 3]) {
      expect(await replay(id)).toMatchObject({
        kind: 'quarantined',
        record: { id, attempts, reason: "'soc' must be a number in %" },
      });
      expect(await quarantine.get(id)).toMatchObject({ attempts, quarantinedAt: NOON_MS + 1_001 });
      expect(await stored()).toHaveLength(1);
    }
    expect((await quarantine.list({ limit: 10 })).records).toHaveLength(1);
  });

  test('that the database refused stays until the database is mended, with its words', async () => {
    const { id } = await put('{"soc":5}');
    const refusing: WriteDeps['append'] = async (points) =>
      points.map(() => ({ kind: 'refused', reason: 'field type conflict' }));
    expect(await replay(id, refusing)).toMatchObject({ kind: 'quarantined', record: { attempts: 2 } });
    expect(await quarantine.get(id)).toMatchObject({
      reason: 'field type conflict',
      serverMessage: 'field type conflict',
    });
    expect(await replay(id)).toMatchObject({ kind: 'stored' });
    expect(await quarantine.get(id)).toBeUndefined();
  });

  test('while the database is away stays as it was', async () => {
    const before = await put('{"soc":5}');
    await store.close();
    await expect(replay(before.id)).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    expect(await quarantine.get(before.id)).toEqual(before);
    store = sqliteStore({ file: ':memory:' });
  });

  test('is not deleted while it is not all stored, whatever else fails', async () => {
    const before = await put('{"soc":"high"}');
    const full = { ...quarantine, put: () => Promise.reject(new Error('no room')) };
    const failing = replayRecord({
      quarantine: full,
      write: (envelope, keep) =>
        writeMessage({ append: store.append, quarantine: keep, parseJson, topicRoot: 'battery' })(envelope),
      nowMs: () => NOW_MS,
    });
    await expect(failing(before.id)).rejects.toThrow('no room');
    expect(await quarantine.get(before.id)).toEqual(before);
  });

  test('of what was no message at all stays, tried once more', async () => {
    const { id } = await quarantine.put(
      await firstRecord(message(1, { topic: '', original: bytes('{"n":1}'), receivedAt: 0 }), NOW_MS),
    );
    expect(await replay(id)).toMatchObject({ kind: 'quarantined', record: { id, attempts: 2 } });
  });

  test.each(HOSTILE_IDS.map((id) => [JSON.stringify(id.slice(0, 60)), id]))('by the id %s is none', async (_, id) => {
    expect(await replay(id)).toEqual({ kind: 'unknown' });
  });
});
