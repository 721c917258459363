/** The users of the Amphora on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quoted } from '../../local/shell-word.ts';
import { openUsers } from '../../local/sign-in/users.ts';
import { type Io, refusal } from '../command.ts';
import { dataFolder, makeDataFolder, runIn } from '../data-folder.ts';
import type { Directory } from './directory.ts';

/** Works whether or not it runs: a running one reads the list whenever somebody signs in. */
export async function localDirectory(given: string | undefined, io: Io): Promise<Directory> {
  const folder = dataFolder(given, io);
  const file = join(folder, 'users.json');
  const users = openUsers(file);
  const flag = given === undefined ? '' : ` --data ${quoted(given)}`;
  const run = await runIn(folder);
  const running = run?.isAlive === true ? run : undefined;
  return {
    name: `the Amphora in ${folder}`,
    listLine: `./amphora user list${flag}`,
    addLine: `./amphora user add ada@example.org${flag}`,
    add: async (mail) => {
      makeDataFolder(folder);
      const added = users.add(mail, io.nowMs());
      if (!added.ok) return refusal(notAdded(added.reason, mail, flag));
      const where =
        running?.signInUrl === undefined
          ? `It is not shown again. Sign-in is on with ./amphora start --auth${flag}.`
          : `It is not shown again. Sign in at http://localhost:${running.port}/, or with ./amphora login.`;
      return { ok: true, password: added.password, sentence: where };
    },
    list: async () => users.list().map(({ email, addedAt }) => ({ email, status: 'active', added: addedAt })),
    // Without a list there is nobody, and no folder is made for that.
    remove: async (mail) => existsSync(file) && users.remove(mail),
    close: () => undefined,
  };
}

const notAdded = (reason: 'exists' | 'bad-email', mail: string, flag: string): string =>
  reason === 'exists'
    ? `${mail} is a user already; for a new password, ./amphora user remove ${quoted(mail)}${flag} and add it again`
    : `'${mail}' is no e-mail address; give one such as ada@example.org`;
