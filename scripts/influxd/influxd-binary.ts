/** Where the real InfluxDB is: INFLUXD_BIN, or built once from its Go module and cached. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { refused } from '../refused.ts';
import { boundToUs } from './influxd-process.ts';

export type InfluxdVersion = 1 | 2;

const BUILD_SCRIPT = join(import.meta.dirname, 'build-influxd.sh');
// 7.5 minutes cold on two cores; one that waits for another's build waits as long.
const BUILD_PATIENCE_MS = 2 * 60 * 60_000;
const TAIL_CHARACTERS = 2_000;

/** The path. The first time it takes minutes, and stderr says so; the signal ends it. */
export async function influxdBinary(version: InfluxdVersion = 2, signal?: AbortSignal): Promise<string> {
  const script = spawn(...boundToUs('bash', [BUILD_SCRIPT, String(version)]), { stdio: ['ignore', 'pipe', 'pipe'] });
  const interrupt = (): void => void script.kill('SIGTERM');
  const timer = setTimeout(interrupt, BUILD_PATIENCE_MS);
  signal?.addEventListener('abort', interrupt);
  let tail = '';
  script.stderr.setEncoding('utf8').on('data', (words: string) => {
    process.stderr.write(words);
    tail = (tail + words).slice(-TAIL_CHARACTERS);
  });
  const ended = new Promise<number | null>((resolve, reject) => script.once('error', reject).once('close', resolve));
  try {
    const [path, code] = await Promise.all([text(script.stdout), ended]);
    if (code === 0) return path.trim();
  } catch (cause) {
    throw refused(`the build of InfluxDB ${version} could not be started: ${String(cause)}`, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
  const lastLine = tail.trim().split('\n').at(-1) ?? '';
  throw refused(`there is no InfluxDB ${version} to start: ${lastLine.replace(/^build-influxd: /, '')}`);
}
