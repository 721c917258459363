/** Where the local runtime keeps its data, and what a running one wrote there. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { InfluxPlace } from '../local/store-choice.ts';
import type { Io } from './command.ts';

type Surroundings = Pick<Io, 'env' | 'folder' | 'homeFolder' | 'platform'>;

export const DATA_FOLDER_DEFAULT = '$AMPHORA_DATA, else $XDG_DATA_HOME/amphora, else the folder of this platform';

/** The folder of `--data`, or the default one; always absolute. */
export function dataFolder(given: string | undefined, surroundings: Surroundings): string {
  const { env, folder, homeFolder, platform } = surroundings;
  if (given !== undefined) return resolve(folder, given);
  const fromEnv = env['AMPHORA_DATA'];
  if (fromEnv !== undefined && fromEnv !== '') return resolve(folder, fromEnv);
  const xdg = env['XDG_DATA_HOME'];
  // The XDG specification: a relative path is invalid and to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'amphora');
  return platform === 'darwin'
    ? join(homeFolder, 'Library', 'Application Support', 'Amphora')
    : join(homeFolder, '.local', 'share', 'amphora');
}

export type Running = {
  readonly port: number;
  readonly mqttPort: number;
  /** First level of every topic; undefined: its run.json does not say. */
  readonly topicRoot: string | undefined;
  /** Where devices with certificates connect; undefined: devices show none. Else nobody publishes without one. */
  readonly mqttsPort: number | undefined;
  /** HTTP wants the token of the folder's file access-token. */
  readonly accessToken: boolean;
};

/** What run.json says of a runtime; whether that process is still there; and where its InfluxDB is, if it uses one. */
export type Run = Running & {
  readonly pid: number;
  readonly isAlive: boolean;
  readonly influx: InfluxPlace | undefined;
  /** Where one signs in; undefined: nobody does. */
  readonly signInUrl: string | undefined;
  /** `Type.Property` of what the AWS template names and nothing does here. */
  readonly notEmulated: readonly string[];
};

/** The doors of the runtime that uses this folder; undefined when none does. */
export async function runningIn(dataDir: string): Promise<Running | undefined> {
  const run = await runIn(dataDir);
  return run?.isAlive === true ? run : undefined;
}

/** What the last runtime that used this folder wrote there; undefined when it ended well, or none ever did. */
export async function runIn(dataDir: string): Promise<Run | undefined> {
  let run: unknown;
  try {
    run = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8'));
  } catch {
    return undefined; // No folder, no file, or half a file: nothing runs there that could be asked.
  }
  if (typeof run !== 'object' || run === null || !('pid' in run && 'port' in run && 'mqttPort' in run))
    return undefined;
  const { pid, port, mqttPort } = run;
  if (typeof pid !== 'number' || typeof port !== 'number' || typeof mqttPort !== 'number') return undefined;
  const topicRoot = 'topicRoot' in run && typeof run.topicRoot === 'string' ? run.topicRoot : undefined;
  const influx = 'influx' in run ? influxPlaceOf(run.influx) : undefined;
  const signInUrl = 'signInUrl' in run && typeof run.signInUrl === 'string' ? run.signInUrl : undefined;
  const mqttsPort = 'mqttsPort' in run && typeof run.mqttsPort === 'number' ? run.mqttsPort : undefined;
  const accessToken = 'accessToken' in run && run.accessToken === true;
  const names: readonly unknown[] = 'notEmulated' in run && Array.isArray(run.notEmulated) ? run.notEmulated : [];
  const notEmulated = names.filter((name) => typeof name === 'string');
  const doors = { port, mqttPort, mqttsPort, accessToken, signInUrl };
  return { pid, ...doors, topicRoot, influx, notEmulated, isAlive: isAlive(pid) };
}

function influxPlaceOf(value: unknown): InfluxPlace | undefined {
  if (typeof value !== 'object' || value === null || !('url' in value && 'org' in value && 'bucket' in value))
    return undefined;
  const { url, org, bucket } = value;
  return typeof url === 'string' && typeof org === 'string' && typeof bucket === 'string'
    ? { url, org, bucket }
    : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** For a command that may come before the first start. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? ': a file is in the way' : '';
    throw new AmphoraError(
      'folder-refused',
      `the data folder ${folder} cannot be made${why} (${code}); name another with --data`,
      { retry: false, cause },
    );
  }
}
