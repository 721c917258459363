/** Some version of Amphora, in a folder of its own: started as its users do, without its launcher's install. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startGroup } from '../../scripts/process-group.ts';
import { type Client, httpClient } from '../end-to-end/http.ts';
import { until } from '../end-to-end/until.ts';

export type RunningVersion = Client & {
  readonly mqttPort: number;
  /** With `--device-auth`. */
  readonly mqttsPort: number | undefined;
  /** With `--auth`. */
  readonly signInUrl: string | undefined;
  /** All that it printed. */
  readonly out: () => string;
  /** As a power cut would: nothing is finished, nothing tidied. */
  readonly kill: () => Promise<void>;
};

// It builds its stack and its page first.
const START_PATIENCE_MS = 120_000;

type Run = {
  readonly pid: number;
  readonly port: number;
  readonly mqttPort: number;
  readonly mqttsPort?: number;
  readonly signInUrl?: string;
};

export function startVersion(root: string, dataDir: string, flags: readonly string[]): Promise<RunningVersion> {
  const words = ['start', '--port', '0', '--mqtt-port', '0', '--data', dataDir, ...flags];
  return started(root, dataDir, ['cli/main.ts', ...words]);
}

/** As `--host` starts it beyond loopback, while it listens on loopback only. */
export function startVersionBeyond(root: string, dataDir: string): Promise<RunningVersion> {
  return started(root, dataDir, ['test/end-to-end/beyond-loopback.ts', dataDir]);
}

/** What a command of that version prints on stdout. */
export async function commandOf(root: string, words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [...NODE_FLAGS, 'cli/main.ts', ...words], optionsOf(root));
  return stdout;
}

const run = promisify(execFile);
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];
const optionsOf = (
  root: string,
): { readonly cwd: string; readonly env: { readonly PATH: string; readonly HOME: string } } => ({
  cwd: root,
  env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`, HOME: tmpdir() },
});

async function started(root: string, dataDir: string, words: readonly string[]): Promise<RunningVersion> {
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const group = await startGroup(process.execPath, [...NODE_FLAGS, ...words], { ...optionsOf(root), onLine });
  let how: number | string | undefined;
  void group.ended.then((ended) => (how = ended));
  const runFile = join(dataDir, 'run.json');
  const found = await until(
    `the run.json of ${dataDir}`,
    () => {
      if (how !== undefined) throw new Error(`it ended with ${how}: ${group.lastLines().join('\n')}`);
      const one: Run | undefined = existsSync(runFile) ? JSON.parse(readFileSync(runFile, 'utf8')) : undefined;
      return one?.pid === group.pid ? one : undefined;
    },
    START_PATIENCE_MS,
  );
  const client = httpClient({ port: found.port });
  return {
    ...client,
    mqttPort: found.mqttPort,
    mqttsPort: found.mqttsPort,
    signInUrl: found.signInUrl,
    out: () => lines.join('\n'),
    kill: async () => {
      client.close();
      process.kill(group.pid, 'SIGKILL');
      await group.ended;
    },
  };
}
