/** The local runtime as a process: start, say where everything is, run until told to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../lambdas/api/version.ts';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { type ListenPlace, listenPlace } from './access/listen-place.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { localLog } from './local-log.ts';
import type { Span } from './local-store.ts';
import { type BufferFacts, overrides } from './overrides.ts';
import { notAskedLine } from './registered-here.ts';
import { type RunOptions, type Runtime, startRuntime } from './runtime.ts';
import { redriveFacts } from './schedules.ts';
import { quoted } from './shell-word.ts';
import type { StoreChoice } from './store-choice.ts';
import { synthesized } from './synth.ts';
import type { LocalTemplate } from './template.ts';
import { environmentsOf } from './template-functions.ts';

export type LocalOptions = RunOptions & {
  readonly dataDir: string;
  readonly host: string;
  /** A new token and a new password, where the host asks for them. */
  readonly areSecretsRotated?: boolean;
};

const ROOT = join(import.meta.dirname, '..');

/** Resolves with the exit code when the process was asked to stop, or could not start. */
export async function runLocal(options: LocalOptions): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const complain = (sentence: string): void => void process.stderr.write(`amphora: ${sentence}\n`);
  const { store } = options;
  try {
    await ensureUsable(store, complain);
    const place = await listenPlace(options.host);
    const stack = await synthesized(ROOT, store.kind, say, options.buffered === undefined ? 'direct' : 'buffered');
    const folder = openDataFolder(options.dataDir, VERSION);
    try {
      const log = localLog((line) => process.stderr.write(line));
      const runtime = await startRuntime({ ...options, place, folder, synthesized: stack, log, nowMs: Date.now });
      const { port, mqttPort, overrideInput, template } = runtime;
      folder.writeRun({
        pid: process.pid,
        port,
        mqttPort,
        iotPort: overrideInput.iotPort,
        iotAccessKeyId: overrideInput.accessKeyId,
        version: VERSION,
        topicRoot: template.topicRoot,
        store: store.kind,
        notEmulated: template.notEmulated,
        ...(runtime.mqttsPort === undefined ? {} : { mqttsPort: runtime.mqttsPort }),
        ...(runtime.access === undefined ? {} : { accessToken: true }),
        ...(runtime.signIn === undefined ? {} : { signInUrl: runtime.signIn.url }),
        ...(store.kind === 'sqlite' ? {} : { influx: { url: store.url, org: store.org, bucket: store.bucket } }),
      });
      const stop = askedToStop();
      for (const line of await startLines(runtime, folder, { ...options, place })) say(line);
      await stop;
      say('Stopping …');
      await runtime.close();
      return 0;
    } finally {
      folder.release();
    }
  } catch (error) {
    complain(error instanceof AmphoraError ? error.message : `could not start: ${messageOf(error)}`);
    return 2;
  }
}

/** Throws the first problem; nothing was begun yet that would have to be undone. */
async function ensureUsable(store: StoreChoice, warn: (sentence: string) => void): Promise<void> {
  if (store.kind === 'sqlite') return;
  const { checkInfluxdb } = await import('./influxdb-check.ts');
  const findings = await checkInfluxdb(store, { nowMs: Date.now });
  for (const { level, sentence, next } of findings) {
    const told = next === undefined ? sentence : `${sentence}; ${next}`;
    if (level === 'problem') throw new AmphoraError('setting-invalid', told, { retry: false });
    if (level !== 'ok') warn(told);
  }
}

// A Ctrl-C comes twice: from the terminal, and from npm, which hands on what it got.
const SAME_SIGNAL_MS = 1_000;

/** Resolves with the first signal; one that comes later, and not with it, does not wait for the end. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        firstAtMs ??= performance.now();
        if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(2);
        resolve();
      });
    }
  });
}

async function startLines(
  runtime: Runtime,
  folder: DataFolder,
  { retryDelaysMs, buffered, place }: LocalOptions & { readonly place: ListenPlace },
): Promise<readonly string[]> {
  const { port, mqttPort, template, overrideInput, store, signIn, replayed } = runtime;
  const failed = runtime.failed();
  const page = `http://localhost:${port}/`;
  const authorized = template.routes.filter(({ authorization }) => authorization !== 'NONE').length;
  const differences = overrides(overrideInput, {
    authorized,
    retryDelaysMs,
    isBeyondLoopback: runtime.access !== undefined,
    mqttsPort: runtime.mqttsPort,
    environments: environmentsOf(overrideInput.store.kind, template),
    buffer: bufferFacts(template, buffered?.visibilityMs),
    redrive: redriveFacts(template),
  });
  const span = await store.span().then(shownSpan, (error: unknown) => messageOf(error));
  return [
    `Amphora ${VERSION}`,
    '',
    `  Page   ${page}`,
    `  API    ${page}  (described at ${page}docs)`,
    `  MQTT   mqtt://localhost:${mqttPort}${signIn === undefined ? `  and ws://localhost:${port}/mqtt` : ''}`,
    ...deviceLines(runtime, folder),
    ...signInLines(runtime),
    ...(await notAskedLines(runtime, folder)),
    ...dataLines(overrideInput.store, folder, span),
    ...(replayed === 0 ? [] : [`  ${replayed} messages that the last run had not finished are being stored now.`]),
    ...(failed === 0
      ? []
      : [`  ${failed} messages that could not be stored to the end are tried again within a minute.`]),
    ...(await linesBeyond(runtime, folder, place)),
    '',
    'Runs the synthesized stack. Different from the deployed one:',
    ...differences.map(({ subject, deployed, here }) => `  ${subject.padEnd(15)}${here}  (deployed: ${deployed})`),
    `Not emulated: ${template.notEmulated.length} kinds and properties of the template's resources. Their names: ./amphora doctor --data ${quoted(folder.path)}`,
    '',
    'Ctrl-C stops it.',
  ];
}

function bufferFacts({ mappings, queues }: LocalTemplate, visibilityMs: number | undefined): BufferFacts | undefined {
  const deployed = queues.find(({ name }) => name === mappings[0]?.queueId);
  return deployed === undefined
    ? undefined
    : { deployedMs: deployed.visibilityMs, hereMs: visibilityMs ?? deployed.visibilityMs };
}

function deviceLines({ mqttsPort }: Runtime, folder: DataFolder): readonly string[] {
  if (mqttsPort === undefined) return [];
  return [
    `         mqtts://localhost:${mqttsPort} for devices, by their certificates; without one a client only listens`,
    `         one more device: ./amphora add-battery ID --data ${quoted(folder.path)}`,
  ];
}

async function linesBeyond(
  { access, port, mqttPort, mqttsPort }: Runtime,
  folder: DataFolder,
  { beyond }: ListenPlace,
): Promise<readonly string[]> {
  if (access === undefined || beyond === undefined) return [];
  const { accessLines } = await import('./access/access-lines.ts');
  const { PASSWORD_FILE } = await import('./access/open-access.ts');
  const { token } = access;
  const passwordFile = folder.file(PASSWORD_FILE);
  const isTerminal = process.stdout.isTTY === true;
  return accessLines({ beyond, port, mqttPort, mqttsPort, token, passwordFile, isTerminal });
}

function signInLines({ signIn, port }: Runtime): readonly string[] {
  if (signIn === undefined) return [];
  const { addCommand: add, machine } = signIn;
  return [
    `  Users  sign in at ${signIn.url}  (the page leads there; scripts: ./amphora login, then ./amphora token)`,
    signIn.isAnybody() ? `         One more: ${add}` : `         There are none yet. Add one: ${add}`,
    ...(machine === undefined
      ? []
      : [
          '         Scripts that no person signs in for:',
          `         ./amphora token http://localhost:${port}/ --client-id ${machine.clientId} --client-secret-file ${quoted(machine.secretFile)}`,
        ]),
  ];
}

async function notAskedLines({ signIn, mqttsPort, access }: Runtime, folder: DataFolder): Promise<readonly string[]> {
  const asked = { users: signIn !== undefined, devices: mqttsPort !== undefined, strangers: access !== undefined };
  const line = await notAskedLine(folder, asked);
  return line === undefined ? [] : [`         ${line}`];
}

function dataLines(store: StoreChoice, folder: DataFolder, span: string): readonly string[] {
  const size = shownBytes(folder.sizeBytes());
  if (store.kind === 'sqlite') return [`  Data   ${folder.path}  (${size}; ${span}; kept without limit)`];
  return [
    `  Data   InfluxDB at ${store.url}, bucket ${store.bucket} of ${store.org}  (${span})`,
    `         ${folder.path}  (${size}: what is not stored yet, and what could not be)`,
    ...(existsSync(folder.file('store.sqlite'))
      ? ['         Its store.sqlite is not read: those readings show without --store influxdb.']
      : []),
  ];
}

function shownSpan({ firstAtMs, lastAtMs }: Span): string {
  return firstAtMs === undefined || lastAtMs === undefined
    ? 'no real reading yet'
    : `readings from ${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs).toISOString()}`;
}

function shownBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
