/** MiniStack, the emulator of AWS: a process that answers on loopback, with the functions' Node below it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { boundToUs } from '../influxd/influxd-process.ts';
import { type ProcessGroup, startGroup } from '../process-group.ts';
import { refused } from '../refused.ts';
import { emulatorHealth } from './emulator-health.ts';
import { emulatorPython } from './emulator-venv.ts';

export type EmulatorOptions = {
  readonly root: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Requests need signatures, and roles have the rights of their policies and no others. */
  readonly isStrict?: boolean;
  readonly say: (line: string) => void;
  /** How long it may take to answer. */
  readonly readyMs?: number;
};

export type Emulator = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly lastLines: () => readonly string[];
  readonly ended: ProcessGroup['ended'];
  readonly end: () => Promise<void>;
};

// About one second on an idle machine.
const READY_MS = 60_000;
const LOOK_EVERY_MS = 50;

const TAKEN =
  'if an emulator listens there, npm run deploy:local deploys into it, else take another one: npm run emulator -- --port 4567';

/** Resolves when it answers; who waits in vain gets its last lines, and nothing is left running. */
export async function startEmulatorProcess(options: EmulatorOptions): Promise<Emulator> {
  const { root, say, isStrict = false } = options;
  const port = await freePort(options.port, TAKEN);
  const python = await emulatorPython(root, say);
  // For all that it writes, the functions' unpacked code most of all; it goes when the emulator does.
  const folder = await mkdtemp(join(tmpdir(), 'amphora-emulator-'));
  const group = await startGroup(...boundToUs(python, ['-m', 'ministack']), {
    cwd: folder,
    // The functions inherit all of this, so it holds nothing of the user's: no AWS profile, no NODE_OPTIONS.
    env: {
      // First the Node that runs this: MiniStack runs the functions with the `node` that it finds.
      PATH: [dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':'),
      HOME: folder,
      TMPDIR: folder,
      PYTHONUNBUFFERED: '1',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: `${port}`,
      AUTH: `${isStrict}`,
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const end = async (): Promise<void> => {
    await group.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const problem = await notReady(url, group, options.readyMs ?? READY_MS);
  if (problem === undefined) return { url, port, pid: group.pid, lastLines: group.lastLines, ended: group.ended, end };
  const lines = group.lastLines().slice(-5);
  await end();
  throw refused(
    `the emulator ${problem}; its last lines:\n${lines.map((line) => `  ${line}\n`).join('')}Nothing of it is left running. Type the same again`,
  );
}

/** Undefined as soon as it is ready, else why it is not. */
async function notReady(url: string, group: ProcessGroup, readyMs: number): Promise<string | undefined> {
  const deadlineMs = Date.now() + readyMs;
  let ended: number | string | undefined;
  void group.ended.then((how) => (ended = how));
  for (;;) {
    const health = await emulatorHealth(url);
    // Asked first: another one may answer at that port.
    if (ended !== undefined) return `ended with ${ended} before it was ready`;
    if (health === 'ok') return undefined;
    if (Date.now() > deadlineMs) return `did not become ready within ${readyMs / 1000} s`;
    await pause(LOOK_EVERY_MS);
  }
}

/** The port, which is free now; for 0 any that is. */
export function freePort(wanted: number, sentence: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      const isOurs = 'code' in cause && /^(EADDRINUSE|EACCES)$/.test(String(cause.code));
      reject(isOurs ? refused(`port ${wanted} is taken or not allowed; ${sentence}`, cause) : cause);
    });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}
