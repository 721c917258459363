/** What ./amphora list-batteries and remove-battery say of the batteries of this machine. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { folderOfTest } from '../folder-of-test.ts';
import { runCli } from '../run-cli.ts';

// Each test starts processes; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

const folder = folderOfTest();

const add = (...words: readonly string[]) => runCli(folder.path, ['add-battery', ...words, '--wait', '0', '--json']);
const remove = (...words: readonly string[]) => runCli(folder.path, ['remove-battery', ...words]);

describe('list-batteries and remove-battery', () => {
  test('of a folder where none was ever registered say so, and make nothing', async () => {
    const sentence = expect.stringContaining('./amphora add-battery ID registers one');
    expect(await runCli(folder.path, ['list-batteries'])).toMatchObject({ code: 0, out: sentence });
    expect(await runCli(folder.path, ['remove-battery', 'garage'])).toMatchObject({ code: 1, err: sentence });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('what is not there is not removed', async () => {
    await add('garage');
    const of = (...words: readonly string[]) => runCli(folder.path, ['remove-battery', ...words]);
    expect(await of('boat')).toMatchObject({
      code: 1,
      err: expect.stringContaining("no battery 'boat' is registered"),
    });
    expect(await of('garage', '--certificate', '00000000')).toMatchObject({ code: 1 });
    expect(await of('garage', '--certificate', 'zz')).toMatchObject({ code: 2 });
  });

  test('a removal says that the readings stay', async () => {
    await add('garage');
    const { code, out } = await runCli(folder.path, ['remove-battery', 'garage']);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Its stored readings stay.') });
  });

  test('a battery is listed with the Amphora of its folder', async () => {
    await add('garage');
    const { out } = await runCli(folder.path, ['list-batteries']);
    expect(out).toMatch(new RegExp(`^garage  \\(the Amphora in ${join(folder.path, 'data')}\\)\n`));
  });
});

describe('the folder of a removed key', () => {
  test('is named with what removes it', async () => {
    await add('garage');
    const { out } = await remove('garage');
    const line = `rm -r ${join(folder.path, 'garage-device')}`;
    expect(out).toMatch(new RegExp(`^\\./garage-device still has its key, which is of no use any more: ${line}$`, 'm'));
  });

  test('that holds something else too is not removed with it', async () => {
    await add('garage');
    writeFileSync(join(folder.path, 'garage-device', 'notes'), 'mine');
    const { out } = await remove('garage');
    const names = ['garage.key.pem', 'garage.cert.pem', 'garage.esphome-secrets.yaml'];
    const files = names.map((name) => join(folder.path, 'garage-device', name));
    expect(out).toMatch(new RegExp(`of no use any more: rm ${files.join(' ')}$`, 'm'));
  });

  test('is not named when its key is another registration’s', async () => {
    await add('garage');
    const second = JSON.parse((await add('garage', '--out', 'second', '--new-certificate')).out);
    const { code, out } = await remove('garage', '--certificate', second.certificateId);
    expect({ code, out }).toEqual({ code: 0, out: expect.not.stringContaining('garage-device') });
    expect(readFileSync(join(folder.path, 'garage-device', 'garage.key.pem'), 'utf8')).toContain('PRIVATE KEY');
  });
});
