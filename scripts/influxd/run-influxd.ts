/**
 * A real InfluxDB on this machine without Docker: for the local runtime, the tests and the emulator. On a terminal it is
 * `npm run influxd` (influxd-command.ts).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refused } from '../refused.ts';
import { influxdBinary } from './influxd-binary.ts';
import { type Ended, type ServerCommand, type ServerProcess, startServer } from './influxd-process.ts';
import { type SetUp, setUpInfluxd, setUpInfluxd1 } from './influxd-setup.ts';

export type RunningInfluxd = {
  readonly url: string;
  readonly port: number;
  /** Of the newest start. */
  readonly pid: number;
  readonly org: string;
  readonly bucket: string;
  /** May do everything. InfluxDB 1: `user:password`, which its /api/v2/write takes as a token. */
  readonly token: string;
  readonly folder: string;
  /** Resolves when the process is gone. */
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
  /** After end: on the same port and folder. */
  readonly again: () => Promise<void>;
  /** Ends it and removes its folder. */
  readonly discard: () => Promise<void>;
  /** When the newest start is gone, by whatever. */
  readonly ended: () => Promise<Ended>;
  /** The newest lines of its log. */
  readonly lastWords: () => string;
};

export type InfluxdOptions = {
  /** Default: INFLUXD_BIN (INFLUXD1_BIN), the cached one, or one that is built now. */
  readonly binary?: string;
  /** Its data and its token; made if it is not there. Default: a new one below the system's temporary folder. */
  readonly folder?: string;
  /** 0, the default, picks a free one. */
  readonly port?: number;
  readonly org?: string;
  readonly bucket?: string;
  readonly token?: string;
};

export type Influxd2Options = InfluxdOptions & {
  /** Waits so long before it has what was written synced to the disk, as on a disk that takes so long for it. Default: 0. */
  readonly syncDelayMs?: number;
};

export const DEFAULT_ORG = 'ENI';
export const DEFAULT_BUCKET = 'battery1';

/** InfluxDB 2. */
export async function startInfluxd(options: Influxd2Options = {}): Promise<RunningInfluxd> {
  const binary = options.binary ?? (await influxdBinary(2));
  return start(options, setUpInfluxd, (folder, port) => ({
    program: binary,
    args: [
      'run',
      `--http-bind-address=127.0.0.1:${port}`,
      '--bolt-path=influxd.bolt',
      '--sqlite-path=influxd.sqlite',
      '--engine-path=engine',
      '--reporting-disabled',
      '--ui-disabled',
      '--no-tasks',
      `--storage-wal-fsync-delay=${options.syncDelayMs ?? 0}ms`,
    ],
    folder,
    listening: /msg=Listening .*transport=http .*port=(\d+)/,
  }));
}

export type Influxd1Options = InfluxdOptions & {
  /** What it takes in one request. Default: 25 MB. */
  readonly maxBodyBytes?: number;
};

/** InfluxDB 1.12: a second server that speaks /api/v2/write, with errors of its own. */
export async function startInfluxd1(options: Influxd1Options = {}): Promise<RunningInfluxd> {
  const binary = options.binary ?? (await influxdBinary(1));
  return start(options, setUpInfluxd1, (folder, port) => {
    writeFileSync(join(folder, 'influxdb.conf'), influxd1Config(port, options.maxBodyBytes ?? 25_000_000));
    return {
      program: binary,
      args: ['run', '-config', 'influxdb.conf'],
      folder,
      listening: /msg="Listening on HTTP" .*addr=127\.0\.0\.1:(\d+)/,
    };
  });
}

// Port 0 of the first line is the one for backups, which nobody needs here.
const influxd1Config = (port: number, maxBodyBytes: number): string => `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "meta"
[data]
dir = "data"
wal-dir = "wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
auth-enabled = true
log-enabled = false
max-body-size = ${maxBodyBytes}
`;

async function start(
  options: InfluxdOptions,
  setUp: (what: SetUp) => Promise<string>,
  command: (folder: string, port: number) => ServerCommand,
): Promise<RunningInfluxd> {
  const { folder } = options;
  if (folder !== undefined) return startIn(folder, options, setUp, command);
  const made = mkdtempSync(join(tmpdir(), 'amphora-influxd-'));
  try {
    return await startIn(made, options, setUp, command);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  folder: string,
  { org = DEFAULT_ORG, bucket = DEFAULT_BUCKET, port: wanted = 0, token: given }: InfluxdOptions,
  setUp: (what: SetUp) => Promise<string>,
  command: (folder: string, port: number) => ServerCommand,
): Promise<RunningInfluxd> {
  // Its owner's only: the token is in it.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let server = await startOrSay(command(folder, wanted), wanted);
  const { port } = server;
  const url = `http://127.0.0.1:${port}`;
  try {
    const token = await setUp({ url, folder, org, bucket, token: given });
    return {
      url,
      port,
      org,
      bucket,
      token,
      folder,
      get pid() {
        return server.pid;
      },
      end: (signal) => server.end(signal),
      again: async () => {
        await server.end();
        server = await startOrSay(command(folder, port), port);
      },
      discard: async () => {
        await server.end('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      },
      ended: () => server.ended,
      lastWords: () => server.lastWords(),
    };
  } catch (error) {
    await server.end();
    throw error;
  }
}

async function startOrSay(command: ServerCommand, port: number): Promise<ServerProcess> {
  const started = await startServer(command);
  if (started.ok) return started.server;
  const { lastWords } = started;
  if (/address already in use/.test(lastWords)) {
    throw refused(
      `port ${port} is in use, likely by another InfluxDB; stop that, or take another port with --port (0 picks a free one)`,
    );
  }
  if (/unable to open boltdb: timeout/.test(lastWords)) {
    throw refused(
      `the folder ${command.folder} is in use by another InfluxDB; stop that, or take another folder with --folder`,
    );
  }
  throw refused(`InfluxDB did not start in ${command.folder}; the last lines of its log:\n${lastWords}`);
}
