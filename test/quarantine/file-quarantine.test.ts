import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordPlace } from '../../lambdas/quarantine/record.ts';
import { countInFolder, fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { type OpenedQuarantine, quarantineContract } from './contract.ts';
import { DAY_MS, NOON_MS, record } from './records.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'amphora-quarantine-'));

const fileOf = (folder: string, id: string): string => {
  const { day = '', name = '' } = recordPlace(id) ?? {};
  return join(folder, day, `${name}.json`);
};

async function open(): Promise<OpenedQuarantine> {
  const root = temporary();
  const folder = join(root, 'quarantine');
  return {
    quarantine: fileQuarantine(folder, () => {}),
    another: fileQuarantine(folder, () => {}),
    count: () => countInFolder(folder),
    spoil: async (id, text) => writeFileSync(fileOf(folder, id), text),
    litter: async () => {
      mkdirSync(join(folder, '2026-11-27'), { recursive: true });
      mkdirSync(join(folder, 'notes'));
      writeFileSync(join(folder, '2026-11-28'), 'a file where a day would be');
      writeFileSync(join(folder, 'notes', 'a.json'), '{}');
      writeFileSync(join(folder, '2026-11-26', '.x.new'), '{"id":');
      writeFileSync(join(folder, '2026-11-26', 'a.json'), '{}');
      writeFileSync(join(folder, '2026-11-26', '.DS_Store'), '');
    },
    interrupt: async () => {
      rmSync(folder, { recursive: true });
      // Not even root reads a folder that is a file that leads to itself.
      symlinkSync(folder, folder);
    },
    dispose: async () => rmSync(root, { recursive: true, force: true }),
  };
}

quarantineContract('the quarantine in a folder', open);

describe('the quarantine in a folder', () => {
  test('is for its owner alone to read, a file a record below its UTC day, with nothing left beside', async () => {
    const root = temporary();
    const folder = join(root, 'quarantine');
    const one = await record(0);
    await fileQuarantine(folder, () => {}).put(one);
    const hash = one.id.split('-').at(-1);
    expect(readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      'quarantine',
      'quarantine/2026-11-26',
      `quarantine/2026-11-26/43199999-${hash}.json`,
    ]);
    expect(statSync(fileOf(folder, one.id)).mode & 0o777).toBe(0o600);
    for (const path of [folder, join(folder, '2026-11-26')]) expect(statSync(path).mode & 0o777).toBe(0o700);
    rmSync(root, { recursive: true });
  });

  test('looks at no day outside of the range that is asked for', async () => {
    const folder = temporary();
    const quarantine = fileQuarantine(folder, () => {});
    for (const days of [0, 1, 2]) await quarantine.put(await record(0, { receivedAt: NOON_MS + days * DAY_MS }));
    // Whoever looked there would fail.
    for (const day of ['2026-11-26', '2026-11-28']) {
      rmSync(join(folder, day), { recursive: true });
      symlinkSync(join(folder, day), join(folder, day));
    }
    const { records } = await quarantine.list({
      fromMs: NOON_MS + DAY_MS / 2,
      toMs: NOON_MS + 1.5 * DAY_MS,
      limit: 10,
    });
    expect(records).toMatchObject([{ receivedAt: NOON_MS + DAY_MS }]);
    await expect(quarantine.list({ limit: 10 })).rejects.toMatchObject({ code: 'quarantine-unavailable' });
    rmSync(folder, { recursive: true });
  });

  test('tells of a record that cannot be read, by its id', async () => {
    const folder = temporary();
    const told: string[] = [];
    const quarantine = fileQuarantine(folder, (id) => void told.push(id));
    const one = await record(1);
    await quarantine.put(one);
    writeFileSync(fileOf(folder, one.id), '{"id":');
    await quarantine.list({ limit: 10 });
    expect(told).toEqual([one.id]);
    rmSync(folder, { recursive: true });
  });
});
