/** Some version of Amphora, in a folder of its own: started as its users do, without its launcher's install. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGroup } from '../../scripts/process-group.ts';
import { type Client, httpClient } from '../end-to-end/http.ts';
import { until } from '../end-to-end/until.ts';

export type RunningVersion = Client & {
  readonly mqttPort: number;
  /** As a power cut would: nothing is finished, nothing tidied. */
  readonly kill: () => Promise<void>;
};

// It builds its stack and its page first.
const START_PATIENCE_MS = 120_000;

export async function startVersion(root: string, dataDir: string, flags: readonly string[]): Promise<RunningVersion> {
  const words = ['start', '--port', '0', '--mqtt-port', '0', '--data', dataDir, ...flags];
  const group = await startGroup(process.execPath, ['--disable-warning=ExperimentalWarning', 'cli/main.ts', ...words], {
    cwd: root,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`, HOME: tmpdir() },
  });
  let how: number | string | undefined;
  void group.ended.then((ended) => (how = ended));
  const runFile = join(dataDir, 'run.json');
  const run = await until(
    `the run.json of ${dataDir}`,
    () => {
      if (how !== undefined) throw new Error(`it ended with ${how}: ${group.lastLines().join('\n')}`);
      const found: { readonly pid: number; readonly port: number; readonly mqttPort: number } | undefined = existsSync(
        runFile,
      )
        ? JSON.parse(readFileSync(runFile, 'utf8'))
        : undefined;
      return found?.pid === group.pid ? found : undefined;
    },
    START_PATIENCE_MS,
  );
  const client = httpClient({ port: run.port });
  return {
    ...client,
    mqttPort: run.mqttPort,
    kill: async () => {
      client.close();
      process.kill(group.pid, 'SIGKILL');
      await group.ended;
    },
  };
}
