import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { localDeviceRegistry } from '../../local/devices/device-registry.ts';
import { certificateRequestPem, newKeyPair, publicKeyPem } from '../../local/devices/key-pair.ts';
import { USERS_FILE } from '../../local/files/registered-files.ts';
import { type Asked, notAskedLine } from '../../local/registered-here.ts';
import { openUsers } from '../../local/sign-in/users.ts';
import { inTempFolder } from './temp-folder.ts';

type Folder = { readonly file: (name: string) => string };

async function inFolder(use: (folder: Folder) => Promise<void>): Promise<void> {
  await inTempFolder((path) => use({ file: (name) => join(path, name) }));
}

async function addDevices(folder: Folder, batteries: readonly string[]): Promise<void> {
  const registry = await localDeviceRegistry(folder, Date.now);
  for (const battery of batteries) {
    const keys = await newKeyPair();
    const key = {
      requestPem: await certificateRequestPem(keys, battery),
      publicKeyPem: await publicKeyPem(keys),
      madeAtMs: Date.now(),
    };
    await registry.register({ battery, key, demoTopics: false });
  }
  registry.close();
}

function addUsers({ file }: Folder, emails: readonly string[]): void {
  for (const email of emails) openUsers(file(USERS_FILE)).add(email, Date.now());
}

const NOBODY: Asked = { users: false, devices: false, strangers: false };

test('where nobody is registered there is nothing to say', async () => {
  await inFolder(async (folder) => expect(await notAskedLine(folder, NOBODY)).toBeUndefined());
});

test('who is registered and not asked is told, with the flags that ask them', async () => {
  await inFolder(async (folder) => {
    addUsers(folder, ['ada@example.org', 'bob@example.org']);
    await addDevices(folder, ['boat', 'shed', 'van']);
    const line = (asked: Partial<Asked>): Promise<string | undefined> => notAskedLine(folder, { ...NOBODY, ...asked });
    expect(await line({})).toBe(
      '2 users and 3 devices are registered here, and nobody is asked: --auth, --device-auth',
    );
    expect(await line({ users: true })).toBe('3 devices are registered here, and nobody is asked: --device-auth');
    expect(await line({ devices: true })).toBe('2 users are registered here, and nobody is asked: --auth');
    expect(await line({ strangers: true })).toBe(
      '3 devices are registered here, and no certificate is asked for: --device-auth',
    );
    expect(await line({ users: true, devices: true })).toBeUndefined();
  });
});

test('one alone is told in the singular', async () => {
  await inFolder(async (folder) => {
    addUsers(folder, ['ada@example.org']);
    expect(await notAskedLine(folder, NOBODY)).toBe('1 user is registered here, and nobody is asked: --auth');
  });
});

test('a list that cannot be read stops no start that does not need it', async () => {
  await inFolder(async (folder) => {
    writeFileSync(folder.file(USERS_FILE), '{');
    expect(await notAskedLine(folder, NOBODY)).toBeUndefined();
  });
});
