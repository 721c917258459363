/** The token that may make tokens in the InfluxDB beside an emulator: who starts that and who deploys must agree on it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refused } from '../refused.ts';

const VARIABLE = 'INFLUX_ADMIN_TOKEN';
const COMPOSE_FILE = 'docker-compose.localstack.yml';
/** There while `npm run emulator` runs. */
export const EMULATOR_TOKEN_FILE = 'build/emulator/influx-admin-token';

export type AdminToken = {
  readonly token: string;
  /** Where the user finds it. */
  readonly foundIn: string;
};

export const givenAdminToken = (): string | undefined => process.env[VARIABLE] || undefined;

/** Of the variable, else of the emulator that runs, else the one that the compose file gives when the variable is absent. */
export async function adminToken(root: string): Promise<AdminToken> {
  const given = givenAdminToken();
  if (given !== undefined) return { token: given, foundIn: VARIABLE };
  const running = await textOf(join(root, EMULATOR_TOKEN_FILE));
  if (running !== '') return { token: running, foundIn: EMULATOR_TOKEN_FILE };
  const token = /\$\{INFLUX_ADMIN_TOKEN:-([^}]+)\}/.exec(await textOf(join(root, COMPOSE_FILE)))?.[1];
  if (token !== undefined) return { token, foundIn: COMPOSE_FILE };
  throw refused(`${VARIABLE} is missing: the token of InfluxDB that may make tokens`);
}

/** Leaves it for deploy:local, readable by its owner only; gives what removes it. */
export async function leaveAdminToken(root: string, token: string): Promise<() => Promise<void>> {
  const file = join(root, EMULATOR_TOKEN_FILE);
  await mkdir(dirname(file), { recursive: true });
  // The mode counts for a new file only.
  await rm(file, { force: true });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return async () => {
    // Another emulator, on other ports, may have left its own since.
    if ((await textOf(file)) === token) await rm(file, { force: true });
  };
}

async function textOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}
