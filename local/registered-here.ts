/** Of a start that does not ask: who is registered in the data folder, and by which flags they would be asked. */
import { existsSync } from 'node:fs';
import type { DataFolder } from './data-folder.ts';
import { DEVICES_FILE, openDevices } from './devices/device-database.ts';
import { openUsers, USERS_FILE } from './sign-in/users.ts';

/** Who this run asks. */
export type Asked = {
  readonly users: boolean;
  readonly devices: boolean;
  /** Whoever has not opened the link, of a run beyond loopback. Nobody can sign in there. */
  readonly strangers: boolean;
};

/** Undefined: nobody is registered, or all who are are asked. */
export function notAskedLine({ file }: Pick<DataFolder, 'file'>, asked: Asked): string | undefined {
  const users = asked.users || asked.strangers ? 0 : countIn(file(USERS_FILE), usersIn);
  const devices = asked.devices ? 0 : countIn(file(DEVICES_FILE), devicesIn);
  if (users === 0 && devices === 0) return undefined;
  const who = [...numbered(users, 'user'), ...numbered(devices, 'device')].join(' and ');
  const flags = [...(users === 0 ? [] : ['--auth']), ...(devices === 0 ? [] : ['--device-auth'])].join(', ');
  const what = asked.strangers ? 'no certificate is asked for' : 'nobody is asked';
  return `${who} ${users + devices === 1 ? 'is' : 'are'} registered here, and ${what}: ${flags}`;
}

const numbered = (count: number, one: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : `${one}s`}`];

const usersIn = (file: string): number => openUsers(file).list().length;

function devicesIn(file: string): number {
  const devices = openDevices(file);
  try {
    return devices.things().length;
  } finally {
    devices.close();
  }
}

/** A file that is not there holds nobody. One that cannot be read stops no start that does not need it. */
function countIn(file: string, count: (file: string) => number): number {
  if (!existsSync(file)) return 0;
  try {
    return count(file);
  } catch {
    return 0;
  }
}
