/** The parts of the local runtime, put together in the order in which they need each other. */
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { DEMO_BATTERY } from '../lambdas/batteries/battery.ts';
import { asyncInvoke } from './async-invoke.ts';
import { awsEndpoints, queueUrl } from './aws-endpoints.ts';
import { startBroker } from './broker.ts';
import type { DataFolder } from './data-folder.ts';
import { type Delivery, delivery } from './delivery.ts';
import { type DemoBattery, type DemoOptions, startDemo } from './demo-battery.ts';
import { failedEvent, sentMessage } from './failure-record.ts';
import { type FunctionHost, functionHost } from './function-host.ts';
import { httpServer } from './http-server.ts';
import { openJournal } from './journal.ts';
import { type KeptFile, openKeptFile } from './kept-file.ts';
import { listen, listenOnLoopback } from './listen.ts';
import type { LocalLog } from './local-log.ts';
import { type LocalStore, openLocalStore } from './local-store.ts';
import { functionEnv, type OverrideInput } from './overrides.ts';
import { wireRules } from './rules.ts';
import { openSite } from './site.ts';
import type { StoreChoice } from './store-choice.ts';
import type { Synthesized } from './synth.ts';
import { ACCOUNT, type LocalTemplate, REGION, readTemplate, type TemplateFunction } from './template.ts';

/** What whoever starts it chooses. */
export type RunOptions = {
  /** 0 picks a free one; so does it for MQTT. */
  readonly port: number;
  readonly mqttPort: number;
  readonly store: StoreChoice;
  readonly demo: 'auto' | 'on' | 'off';
  /** Before the first and the second retry of a message that could not be stored. */
  readonly retryDelaysMs: readonly [number, number];
  /** Off only to measure what it costs. */
  readonly isJournalDurable?: boolean;
};

export type RuntimeOptions = RunOptions & {
  readonly folder: DataFolder;
  readonly synthesized: Synthesized;
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

export type Runtime = {
  readonly port: number;
  readonly mqttPort: number;
  readonly template: LocalTemplate;
  readonly overrideInput: OverrideInput;
  readonly store: LocalStore;
  /** Messages that an earlier run left in the journal, handed over again. */
  readonly replayed: number;
  readonly close: () => Promise<void>;
};

// Callers of HTTP functions wait, so more environments start soon.
const HTTP_FUNCTION = { groupSize: 1, maxEnvironments: 4, patienceMs: 25, maxQueued: 1_000 } as const;
const RULE_FUNCTION = {
  // SQLite lets one thread write at a time: a second writer only costs, and starts when the first one hangs.
  sqlite: { groupSize: 64, maxEnvironments: 2, patienceMs: 2_000 },
  // These wait for the network, and so do better beside each other. Measured with the database 10 ms away: 135 messages a
  // second with two, 253 with four, 470 with eight, each of 15 MB; with one on the same machine all do alike.
  influxdb: { groupSize: 8, maxEnvironments: 4, patienceMs: 100 },
} as const;
/** At most, of a function called over HTTP and of one that rules call. */
export const environmentsOf = (store: StoreChoice['kind']): readonly [number, number] => [
  HTTP_FUNCTION.maxEnvironments,
  RULE_FUNCTION[store].maxEnvironments,
];
const LOCAL_POLL_S = 1;
const DRAIN_MS = 5_000;
const DRAIN_STEP_MS = 10;

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { folder, synthesized, log, nowMs } = options;
  const sqliteFile = folder.file('store.sqlite');
  const store = await openLocalStore(options.store, sqliteFile);
  const kept = await openKeptFile(folder.file('kept.ndjson'));
  const { journal, left } = await openJournal(folder.file('journal'), { durable: options.isJournalDurable ?? true });

  const aws = lateListener();
  const awsPort = await listen(createHttpServer(aws.listener), '127.0.0.1', 0, '');
  const template = readTemplate({ ...synthesized, queueUrl: (id) => queueUrl(awsPort.port, ACCOUNT, id) });
  const overrideInput = {
    store: options.store,
    sqliteFile,
    iotPort: awsPort.port,
    demoClientId: randomUUID(),
    region: REGION,
  };
  const stopping = new AbortController();
  const hosts = new Map(template.functions.map((one) => [one.logicalId, hostOf(one, template, overrideInput, log)]));
  const messages = delivery({
    rules: rulesOf(template, hosts, kept, options, stopping.signal),
    journal,
    nowMs,
    log,
    checkpoint: store.checkpoint,
  });
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
      sendMessage: (_queueId, body) => kept.append(sentMessage(body)),
      queueIds: template.queueIds,
      log,
    }),
  );
  void messages.replay(left);
  const demo = demoOf(options, {
    topicRoot: template.topicRoot,
    clientId: overrideInput.demoClientId,
    holdsReal: trueFrom(stopping.signal, store.holdsReal),
    deliver: messages.deliver,
    publish: broker.publish,
  });
  const mqtt = await listenOnLoopback(() => createTcpServer(broker.handleTcp), options.mqttPort, '--mqtt-port');
  const http = await listenOnLoopback(
    () =>
      httpServer({
        routes: template.routes,
        hosts,
        site: openSite(synthesized.siteFolder, {
          apiUrl: '',
          minPollSeconds: LOCAL_POLL_S,
          local: true,
          mqttPort: mqtt.port,
          topicRoot: template.topicRoot,
        }),
        broker,
        health: () => figuresOf(store, messages, kept),
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
  return {
    port: http.port,
    mqttPort: mqtt.port,
    template,
    overrideInput,
    store,
    replayed: left.count,
    close: async () => {
      // Not waited for yet: with the database down, its last sample waits for a retry that only the abort ends.
      const demoStopped = demo?.stop();
      // Whoever still waits for room has no acknowledgement, and sends again.
      messages.refuse();
      await Promise.all([http.close(), mqtt.close(), broker.close()]);
      await drained(messages);
      stopping.abort();
      await demoStopped;
      await Promise.all([...hosts.values()].map((host) => host.close()));
      await messages.close();
      await Promise.all([awsPort.close(), kept.close(), store.close()]);
    },
  };
}

// The endpoints' port stands in the functions' environment, so it is bound before there is anything to answer with.
function lateListener(): { readonly listener: RequestListener; readonly use: (next: RequestListener) => void } {
  let current: RequestListener = (_request, response) => void response.writeHead(503).end();
  return {
    listener: (request, response) => current(request, response),
    use: (next) => {
      current = next;
    },
  };
}

function hostOf(one: TemplateFunction, template: LocalTemplate, input: OverrideInput, log: LocalLog): FunctionHost {
  const isRuleFunction = template.rules.some(({ functionIds }) => functionIds.includes(one.logicalId));
  return functionHost({
    definition: { ...one, name: one.logicalId, env: functionEnv(one.env, input) },
    log,
    ...(isRuleFunction ? RULE_FUNCTION[input.store.kind] : HTTP_FUNCTION),
  });
}

function rulesOf(
  template: LocalTemplate,
  hosts: ReadonlyMap<string, FunctionHost>,
  kept: KeptFile,
  { retryDelaysMs, log, nowMs }: RuntimeOptions,
  signal: AbortSignal,
): ReturnType<typeof wireRules> {
  return wireRules(template.rules, (functionId) => {
    const host = hosts.get(functionId);
    const retries = template.retriesByFunctionId.get(functionId) ?? {
      retries: 2,
      maxAgeMs: 21_600_000,
      onFailureQueueId: undefined,
    };
    const onFailure = async (event: unknown, reason: string): Promise<void> => {
      if (retries.onFailureQueueId === undefined) log.warn('event-dropped', { function: functionId, reason });
      else await kept.append(failedEvent(event, reason));
    };
    return host === undefined
      ? undefined
      : asyncInvoke({ name: functionId, host, retries, retryDelaysMs, onFailure, log, signal, nowMs });
  });
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
  kept: KeptFile,
): Promise<Readonly<Record<string, number | string>>> {
  return { ...(await store.health()), waiting: messages.waiting(), kept: kept.count() };
}

async function drained(messages: Delivery): Promise<void> {
  const untilMs = Date.now() + DRAIN_MS;
  while (messages.waiting() > 0 && Date.now() < untilMs) await wait(DRAIN_STEP_MS);
}
