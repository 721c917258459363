/**
 * MiniStack with a real InfluxDB beside it, for whoever tests in the emulator:
 *
 *   const emulator = await startEmulator();                       // { strict: true }: the functions' roles are enforced
 *   const stack = await emulator.deploy({ stackName: 'Amphora1', bucket: 'bucket1', topicRoot: 'battery1' });
 *   await fetch(`${stack.apiUrl}/livedata`);
 *   await stack.destroy();
 *   await emulator.end();                                         // in afterAll: ends everything, whatever is left
 *
 * `deploy` takes about four seconds, makes the bucket if it is not there, and may be repeated: the same names are the same
 * stack. One emulator holds many stacks at once, each with a topic root of its own. MQTT over WebSocket is at
 * `ws://127.0.0.1:<port>/mqtt` with the header `Host: <emulator.mqttHost>`. The queues are read with the SDK's SQS client
 * at `emulator.url`, region us-east-1, credentials test / test.
 */
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { deployLocal, destroyLocal, type EmulatedStack } from '../../scripts/emulator/local-stack.ts';
import { type RunningInfluxd, startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { ROOT } from './root.ts';

export type StackOptions = {
  /** Default: Amphora. */
  readonly stackName?: string;
  /** In InfluxDB. Default: battery1. */
  readonly bucket?: string;
  /** Default: battery. */
  readonly topicRoot?: string;
  /** Default: every route is open. */
  readonly hasSignIn?: boolean;
  /** Default: direct. */
  readonly ingest?: 'direct' | 'buffered';
};

export type RunningStack = EmulatedStack & {
  readonly queueUrls: { readonly unwritten: string; readonly undelivered: string; readonly dead?: string };
  /** Where its readings are, with the token that may do everything. */
  readonly influx: { readonly url: string; readonly org: string; readonly bucket: string; readonly token: string };
  readonly destroy: () => Promise<void>;
};

export type RunningEmulator = Pick<Emulator, 'url' | 'port' | 'pid' | 'lastLines'> & {
  readonly influxd: RunningInfluxd;
  /** What the header Host must be for MQTT over WebSocket. */
  readonly mqttHost: string;
  readonly deploy: (options?: StackOptions) => Promise<RunningStack>;
  readonly end: () => Promise<void>;
};

export async function startEmulator({ strict = false }: { readonly strict?: boolean } = {}): Promise<RunningEmulator> {
  const [influxd, emulator] = await bothOrNone(
    startInfluxd(),
    startEmulatorProcess({ root: ROOT, port: 0, isStrict: strict, say: () => {} }),
  );
  const { url, port, pid, lastLines } = emulator;
  return {
    url,
    port,
    pid,
    lastLines,
    influxd,
    mqttHost: `x-ats.iot.us-east-1.localhost:${port}`,
    deploy: (options) => deploy(emulator, influxd, options),
    end: async () => {
      await Promise.all([emulator.end(), influxd.discard()]);
    },
  };
}

async function deploy(
  { url: endpoint }: Emulator,
  influxd: RunningInfluxd,
  {
    stackName = 'Amphora',
    bucket = influxd.bucket,
    topicRoot = 'battery',
    hasSignIn = false,
    ingest,
  }: StackOptions = {},
): Promise<RunningStack> {
  const { url, org, token } = influxd;
  const stack = await deployLocal({
    root: ROOT,
    endpoint,
    stackName,
    topicRoot,
    hasSignIn,
    ingest,
    influx: { url, urlHere: url, org, bucket, adminToken: token },
    say: () => {},
  });
  const {
    UnwrittenReadingsUrl: unwritten = '',
    UndeliveredMessagesUrl: undelivered = '',
    DeadMessagesUrl: dead,
  } = stack.outputs;
  return {
    ...stack,
    queueUrls: { unwritten, undelivered, ...(dead === undefined ? {} : { dead }) },
    influx: { url, org, bucket, token },
    destroy: async () => {
      await destroyLocal({ endpoint, stackName });
    },
  };
}

/** Both, or the failure of one after the other was ended. */
async function bothOrNone(
  influxd: Promise<RunningInfluxd>,
  emulator: Promise<Emulator>,
): Promise<readonly [RunningInfluxd, Emulator]> {
  try {
    return await Promise.all([influxd, emulator]);
  } catch (error) {
    await Promise.allSettled([influxd.then((one) => one.discard()), emulator.then((one) => one.end())]);
    throw error;
  }
}
