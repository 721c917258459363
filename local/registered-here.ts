/** Of a start that does not ask: who is registered in the data folder, and by which flags they would be asked. */
import { existsSync } from 'node:fs';
import type { DataFolder } from './data-folder.ts';
import { DEVICES_FILE, USERS_FILE } from './files/registered-files.ts';

/** Who this run asks. */
export type Asked = {
  readonly users: boolean;
  readonly devices: boolean;
  /** Whoever has not opened the link, of a run beyond loopback. Nobody can sign in there. */
  readonly strangers: boolean;
};

/** Undefined: nobody is registered, or all who are are asked. */
export async function notAskedLine({ file }: Pick<DataFolder, 'file'>, asked: Asked): Promise<string | undefined> {
  const users = asked.users || asked.strangers ? 0 : await countIn(file(USERS_FILE), usersIn);
  const devices = asked.devices ? 0 : await countIn(file(DEVICES_FILE), devicesIn);
  if (users === 0 && devices === 0) return undefined;
  const who = [...numbered(users, 'user'), ...numbered(devices, 'device')].join(' and ');
  const flags = [...(users === 0 ? [] : ['--auth']), ...(devices === 0 ? [] : ['--device-auth'])].join(', ');
  const what = asked.strangers ? 'no certificate is asked for' : 'nobody is asked';
  return `${who} ${users + devices === 1 ? 'is' : 'are'} registered here, and ${what}: ${flags}`;
}

const numbered = (count: number, one: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : `${one}s`}`];

async function usersIn(file: string): Promise<number> {
  const { openUsers } = await import('./sign-in/users.ts');
  return openUsers(file).list().length;
}

async function devicesIn(file: string): Promise<number> {
  const { openDevices } = await import('./devices/device-database.ts');
  const devices = openDevices(file);
  try {
    return devices.things().length;
  } finally {
    devices.close();
  }
}

/** A file that is not there holds nobody. One that cannot be read stops no start that does not need it. */
async function countIn(file: string, count: (file: string) => Promise<number>): Promise<number> {
  if (!existsSync(file)) return 0;
  try {
    return await count(file);
  } catch {
    return 0;
  }
}
