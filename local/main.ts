/** The local runtime as a process: start, say where everything is, run until told to stop. */
import { join } from 'node:path';
import { VERSION } from '../lambdas/api/version.ts';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { localLog } from './local-log.ts';
import { overrides } from './overrides.ts';
import { ENVIRONMENTS, type RunOptions, type Runtime, startRuntime } from './runtime.ts';
import { synthesized } from './synth.ts';

export type LocalOptions = RunOptions & { readonly dataDir: string; readonly host: string };

const ROOT = join(import.meta.dirname, '..');

/** Resolves with the exit code when the process was asked to stop, or could not start. */
export async function runLocal(options: LocalOptions): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const stack = await synthesized(ROOT, say);
    const folder = openDataFolder(options.dataDir, VERSION);
    try {
      const log = localLog((line) => process.stderr.write(line));
      const runtime = await startRuntime({ ...options, folder, synthesized: stack, log, nowMs: Date.now });
      const { port, mqttPort, overrideInput, template } = runtime;
      folder.writeRun({
        pid: process.pid,
        port,
        mqttPort,
        iotPort: overrideInput.iotPort,
        version: VERSION,
        topicRoot: template.topicRoot,
      });
      for (const line of await startLines(runtime, folder, options.retryDelaysMs)) say(line);
      await askedToStop();
      say('Stopping …');
      await runtime.close();
      return 0;
    } finally {
      folder.release();
    }
  } catch (error) {
    process.stderr.write(
      `amphora: ${error instanceof AmphoraError ? error.message : `could not start: ${messageOf(error)}`}\n`,
    );
    return 2;
  }
}

function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

async function startLines(
  runtime: Runtime,
  folder: DataFolder,
  retryDelaysMs: readonly [number, number],
): Promise<readonly string[]> {
  const { port, mqttPort, template, overrideInput, store, replayed } = runtime;
  const page = `http://localhost:${port}/`;
  const authorized = template.routes.filter(({ authorization }) => authorization !== 'NONE').length;
  const differences = overrides(overrideInput, { authorized, retryDelaysMs, environments: ENVIRONMENTS });
  const { firstAtMs, lastAtMs } = await store.figures();
  const span =
    firstAtMs === undefined || lastAtMs === undefined
      ? 'no real reading yet'
      : `readings from ${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs).toISOString()}`;
  return [
    `Amphora ${VERSION}`,
    '',
    `  Page   ${page}`,
    `  API    ${page}  (described at ${page}docs)`,
    `  MQTT   mqtt://localhost:${mqttPort}  and ws://localhost:${port}/mqtt`,
    `  Data   ${folder.path}  (${shownBytes(folder.sizeBytes())}; ${span}; kept without limit)`,
    ...(replayed === 0 ? [] : [`  ${replayed} messages that the last run had not finished are being stored now.`]),
    '',
    'Runs the synthesized stack. Different from the deployed one:',
    ...differences.map(({ subject, deployed, here }) => `  ${subject.padEnd(15)}${here}  (deployed: ${deployed})`),
    `Not emulated: ${template.notEmulated.join(', ')}.`,
    '',
    'Ctrl-C stops it.',
  ];
}

function shownBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
