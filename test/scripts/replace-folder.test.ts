import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { replaceFolder } from '../../scripts/replace-folder.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'amphora-replace-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const write = (text: string) => async (folder: string) => writeFileSync(join(folder, 'file'), text);
const read = (): string => readFileSync(join(parent, 'made', 'file'), 'utf8');

describe('a folder that is replaced', () => {
  test('holds what it was last filled with, and leaves nothing beside it', async () => {
    await replaceFolder(join(parent, 'made'), write('first'));
    await replaceFolder(join(parent, 'made'), write('second'));
    expect(read()).toBe('second');
    expect(readdirSync(parent)).toEqual(['made']);
  });

  test('is as it was when the filling fails', async () => {
    await replaceFolder(join(parent, 'made'), write('first'));
    const failing = replaceFolder(join(parent, 'made'), async (folder) => {
      await write('half')(folder);
      throw new Error('killed');
    });
    await expect(failing).rejects.toThrow('killed');
    expect(read()).toBe('first');
    expect(readdirSync(parent)).toEqual(['made']);
  });

  test('is whole when several fill it at once', async () => {
    const fillings = ['a', 'b', 'c', 'd'].map((text) => replaceFolder(join(parent, 'made'), write(text)));
    await Promise.all(fillings);
    expect(['a', 'b', 'c', 'd']).toContain(read());
    expect(readdirSync(parent)).toEqual(['made']);
  });

  test('stays as another one made it meanwhile, if that will do', async () => {
    await replaceFolder(join(parent, 'made'), write('of another'));
    await replaceFolder(join(parent, 'made'), write('mine'), () => true);
    expect(read()).toBe('of another');
    expect(readdirSync(parent)).toEqual(['made']);
  });

  test('clears what a killed filling left an hour ago, and not what another is filling now', async () => {
    mkdirSync(join(parent, 'made.old-one.new'));
    mkdirSync(join(parent, 'made.running.new'));
    const twoHoursAgoS = Date.now() / 1000 - 7200;
    utimesSync(join(parent, 'made.old-one.new'), twoHoursAgoS, twoHoursAgoS);
    await replaceFolder(join(parent, 'made'), write('x'));
    expect(readdirSync(parent).toSorted()).toEqual(['made', 'made.running.new']);
  });
});
