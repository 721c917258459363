/** The parts of the local runtime, put together in the order in which they need each other. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DEMO_BATTERY } from '../lambdas/batteries/battery.ts';
import { type ListenPlace, LOOPBACK_PLACE } from './access/listen-place.ts';
import type { Access } from './access/open-access.ts';
import { deviceDoorOf, pageConfig, signInOf } from './asking-doors.ts';
import { awsEndpoints, lateListener, queueUrl } from './aws-endpoints.ts';
import { startBroker } from './broker.ts';
import { systemClock } from './clock.ts';
import type { DataFolder } from './data-folder.ts';
import { type Delivery, delivery } from './delivery.ts';
import { type DemoBattery, type DemoOptions, startDemo } from './demo-battery.ts';
import { httpServer } from './http-server.ts';
import { ingestBuffer } from './ingest-buffer.ts';
import { openJournal } from './journal.ts';
import { listen, listenOn } from './listen.ts';
import type { LocalLog } from './local-log.ts';
import { type LocalStore, openLocalStore } from './local-store.ts';
import { listenForMqtt } from './mqtt-listeners.ts';
import { createServer } from './node-http.ts';
import type { OverrideInput } from './overrides.ts';
import { openQuarantineFolder, type QuarantineFolder } from './quarantine-folder.ts';
import { openRunQueues, type RunQueues } from './queues-of-run.ts';
import { startSchedules } from './schedules.ts';
import { quoted } from './shell-word.ts';
import type { LocalSignIn, SignInOptions } from './sign-in/start-sign-in.ts';
import { openSite } from './site.ts';
import { sqsEndpoint } from './sqs/sqs-endpoint.ts';
import type { StoreChoice } from './store-choice.ts';
import type { Synthesized } from './synth.ts';
import { ACCOUNT, type LocalTemplate, REGION, readTemplate } from './template.ts';
import { hostOf, rulesOf } from './template-functions.ts';

/** What whoever starts it chooses. */
export type RunOptions = {
  /** 0 picks a free one; so does it for MQTT. */
  readonly port: number;
  readonly mqttPort: number;
  readonly store: StoreChoice;
  readonly demo: 'auto' | 'on' | 'off';
  /** Absent: nobody signs in, and every route is open. */
  readonly signIn?: SignInOptions;
  /** Absent: devices show no certificates. */
  readonly deviceAuth?: { readonly mqttsPort: number };
  /** Before the first and the second retry of a message that could not be stored. */
  readonly retryDelaysMs: readonly [number, number];
  /** Absent: the rules call their functions. Else a queue stands between; tried again after so long, instead of the template's. */
  readonly buffered?: { readonly visibilityMs?: number };
  /** Off only to measure what it costs. */
  readonly isJournalDurable?: boolean;
};

export type RuntimeOptions = RunOptions & {
  /** Absent: loopback. Beyond it, HTTP wants a token and the broker a password. */
  readonly place?: ListenPlace;
  readonly areSecretsRotated?: boolean;
  readonly folder: DataFolder;
  readonly synthesized: Synthesized;
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

export type Runtime = {
  readonly port: number;
  readonly mqttPort: number;
  /** Where devices with certificates connect. */
  readonly mqttsPort: number | undefined;
  readonly access: Access | undefined;
  readonly template: LocalTemplate;
  readonly overrideInput: OverrideInput;
  readonly store: LocalStore;
  readonly signIn: LocalSignIn | undefined;
  /** Messages that an earlier run left in the journal, handed over again. */
  readonly replayed: number;
  /** Messages that wait in the failure queues. */
  readonly failed: () => number;
  readonly close: () => Promise<void>;
};

const LOCAL_POLL_S = 1;
const DRAIN_MS = 5_000;
const DRAIN_STEP_MS = 10;

/** When one part cannot be opened, those before it are closed again, the last one first. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const opened: (() => Promise<unknown>)[] = [];
  try {
    return await openParts(options, (close) => void opened.push(close));
  } catch (error) {
    // What failed first is what is told.
    for (const close of opened.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

async function openParts(
  options: RuntimeOptions,
  onFailure: (close: () => Promise<unknown>) => void,
): Promise<Runtime> {
  const { folder, synthesized, log, nowMs } = options;
  const sqliteFile = folder.file('store.sqlite');
  const store = await openLocalStore(options.store, sqliteFile);
  onFailure(store.close);
  const quarantine = await openQuarantineFolder({ file: folder.file, log, nowMs });
  const isDurable = options.isJournalDurable ?? true;
  const { journal, left, broken } = await openJournal(folder.file('journal'), { durable: isDurable });
  for (const one of broken) log.warn('journal-broken', one);
  let closeJournal = journal.close;
  onFailure(() => closeJournal());

  const aws = lateListener();
  const awsPort = await listen(createServer(aws.listener), '127.0.0.1', 0, '');
  onFailure(awsPort.close);
  const template = readTemplate({ ...synthesized, queueUrl: (id) => queueUrl(awsPort.port, ACCOUNT, id) });
  let pagePort = 0;
  const pageUrl = (): string => `http://localhost:${pagePort}/`;
  const signIn = await signInOf(options, template, pageUrl);
  onFailure(async () => signIn?.close());
  const overrideInput = {
    store: options.store,
    sqliteFile,
    quarantineFolder: quarantine.path,
    iotPort: awsPort.port,
    demoClientId: randomUUID(),
    accessKeyId: randomUUID(),
    region: REGION,
    ...(signIn === undefined ? {} : { signIn: { url: signIn.url, pageUrl } }),
  };
  const stopping = new AbortController();
  const redriveStopping = new AbortController();
  const hosts = new Map(template.functions.map((one) => [one.logicalId, hostOf(one, template, overrideInput, log)]));
  const clock = { ...systemClock, nowMs };
  const visibilityMs = options.buffered?.visibilityMs;
  const queues = openRunQueues({ path: folder.file('queues.sqlite'), template, clock, visibilityMs });
  onFailure(queues.close);
  const buffer = ingestBuffer({ queues, template, hosts, clock, log, signal: stopping.signal });
  onFailure(() => buffer.close(0));
  const messages = delivery({
    rules: rulesOf(template, hosts, { ...options, ...overrideInput, clock, queues, buffer }, stopping.signal),
    journal,
    nowMs,
    log,
    // A queue has on disk what it took.
    checkpoint: template.rules.some(({ functionIds }) => functionIds.length > 0) ? store.checkpoint : () => true,
  });
  closeJournal = messages.close;
  onFailure(() => Promise.all([...hosts.values()].map((host) => host.close())));
  const broker = await startBroker({
    accept: ({ topic, payload, clientId }) => messages.accept({ topic, payload, clientId }),
    log,
    nowMs,
  });
  aws.use(
    awsEndpoints({
      publish: async (message, signal) => {
        await messages.accept({ topic: message.topic, payload: message.payload }, signal);
        await broker.publish(message);
      },
      sqs: sqsEndpoint({ find: queues.find, stopping: redriveStopping.signal }),
      accessKeyId: overrideInput.accessKeyId,
      log,
    }),
  );
  onFailure(broker.close);
  buffer.start();
  void messages.replay(left);
  const demo = demoOf(options, {
    topicRoot: template.topicRoot,
    clientId: overrideInput.demoClientId,
    holdsReal: trueFrom(stopping.signal, store.holdsReal),
    deliver: messages.deliver,
    publish: broker.publish,
  });
  onFailure(async () => {
    messages.refuse();
    stopping.abort();
    await demo?.stop();
  });
  const { place = LOOPBACK_PLACE } = options;
  const access = await accessOf(options);
  const devices = await deviceDoorOf(options, template, place);
  const mqtt = await listenForMqtt({ ...options, broker, place, access, devices });
  onFailure(mqtt.close);
  const http = await listenOn(
    place.addresses,
    () =>
      httpServer({
        routes: template.routes,
        hosts,
        site: openSite(synthesized.siteFolder, {
          apiUrl: '',
          minPollSeconds: LOCAL_POLL_S,
          local: true,
          // Its plain port takes nothing of whoever shows no certificate.
          ...(devices === undefined ? { mqttPort: mqtt.mqttPort } : { deviceFlags: `--data ${quoted(folder.path)}` }),
          ...(access === undefined ? {} : { token: true }),
          topicRoot: template.topicRoot,
          signIn: signIn === undefined ? undefined : pageConfig(signIn, pageUrl),
        }),
        broker: mqtt,
        beyond: place.beyond,
        access: access?.http,
        authorize: signIn?.authorize,
        health: () => figuresOf(store, messages, quarantine, queues),
        waiting: () => messages.waiting() + queues.waiting(),
        removeDemo: async () => {
          await demo?.stop();
          await store.remove(DEMO_BATTERY);
          folder.rememberDemoRemoved();
        },
        nowMs,
        log,
      }),
    options.port,
    '--port',
  );
  pagePort = http.port;
  const schedules = startSchedules({ template, hosts, queues, clock, log });
  return {
    port: http.port,
    mqttPort: mqtt.mqttPort,
    mqttsPort: mqtt.mqttsPort,
    access,
    template,
    overrideInput,
    store,
    signIn,
    replayed: left.count,
    failed: queues.failed,
    close: async () => {
      // Not waited for yet: with the database down, its last sample waits for a retry that only the abort ends.
      const demoStopped = demo?.stop();
      // Whoever still waits for room has no acknowledgement, and sends again.
      messages.refuse();
      // A redrive ends with what it has in hand.
      redriveStopping.abort();
      await Promise.all([http.close(), mqtt.close(), broker.close(), signIn?.close()]);
      await drained(messages);
      // What the functions have not finished then stays in its queue, and is written by the next start.
      await Promise.all([buffer.close(DRAIN_MS), schedules.close(DRAIN_MS)]);
      stopping.abort();
      await demoStopped;
      await Promise.all([...hosts.values()].map((host) => host.close()));
      await queues.close();
      await messages.close();
      await Promise.all([awsPort.close(), store.close()]);
    },
  };
}

// Whoever lets nobody else in does without its pages.
async function accessOf({ place, areSecretsRotated = false, folder }: RuntimeOptions): Promise<Access | undefined> {
  if (place?.beyond === undefined) return undefined;
  const { openAccess } = await import('./access/open-access.ts');
  return openAccess(folder, areSecretsRotated);
}
function demoOf(
  { demo, folder, nowMs, log }: RuntimeOptions,
  { holdsReal, ...means }: Omit<DemoOptions, 'mayRun' | 'nowMs' | 'log'> & Pick<LocalStore, 'holdsReal'>,
): DemoBattery | undefined {
  if (demo === 'off' || (demo === 'auto' && folder.demoRemoved())) return undefined;
  const mayRun = async (): Promise<boolean> => demo === 'on' || !(await holdsReal());
  return startDemo({ ...means, mayRun, nowMs, log });
}

// A stop does not wait for the answer of a database.
function trueFrom(signal: AbortSignal, ask: () => Promise<boolean>): () => Promise<boolean> {
  const aborted = new Promise<boolean>((resolve) => {
    signal.addEventListener('abort', () => resolve(true), { once: true });
  });
  return () => Promise.race([ask(), aborted]);
}

async function figuresOf(
  store: LocalStore,
  messages: Delivery,
  quarantine: QuarantineFolder,
  queues: RunQueues,
): Promise<Readonly<Record<string, number | string>>> {
  const waiting = messages.waiting() + queues.waiting();
  return { ...(await store.health()), waiting, failed: queues.failed(), quarantined: await quarantine.count() };
}

async function drained(messages: Delivery): Promise<void> {
  const untilMs = Date.now() + DRAIN_MS;
  while (messages.waiting() > 0 && Date.now() < untilMs) await wait(DRAIN_STEP_MS);
}
