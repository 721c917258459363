/** `./amphora start`: the local runtime. Only this command loads it. */
import type { LocalOptions } from '../local/main.ts';
import type { StoreChoice } from '../local/store-choice.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder } from './data-folder.ts';
import { givenInfluxFlag, INFLUX_FLAGS, influxPlace } from './influx-flags.ts';

const DEFAULT_PORT = 5003;
const DEFAULT_MQTT_PORT = 1883;
const DEFAULT_HOST = 'localhost';
// AWS Lambda's asynchronous queue: two retries, after 1 and 2 minutes.
const DEFAULT_RETRY_DELAYS_MS = [60_000, 120_000] as const;
const MAX_RETRY_DELAY_S = 6 * 3600;
const DEFAULT_AUTH_PORT = 5004;
const DEFAULT_MQTTS_PORT = 8883;
const MAX_TOKEN_MINUTES = 24 * 60;
// The longest that SQS hides a message.
const MAX_VISIBILITY_S = 12 * 3600;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
// An address or a name; which of them this machine has, the start finds out.
const HOST = /^([A-Za-z0-9.-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?)$/;

export const start: Command = {
  name: 'start',
  summary: 'Run Amphora on this machine: page, API, MQTT broker and database in one process',
  usage: '[--port N] [--mqtt-port N] [--data DIR] [--no-demo] [--auth] [--store KIND]',
  positionals: 0,
  flags: [
    { name: 'port', value: 'N', meaning: 'port of the page and the API; 0 picks a free one', byDefault: '5003' },
    { name: 'mqtt-port', value: 'N', meaning: 'port of the MQTT broker; 0 picks a free one', byDefault: '1883' },
    { name: 'data', value: 'DIR', meaning: 'folder of the readings', byDefault: DATA_FOLDER_DEFAULT },
    {
      name: 'store',
      value: 'KIND',
      meaning: 'where readings are stored: sqlite, in the data folder, or influxdb, an InfluxDB 2 of yours',
      byDefault: 'sqlite',
    },
    ...INFLUX_FLAGS,
    {
      name: 'host',
      value: 'H',
      meaning:
        'an address or name of this machine on which to listen besides, or 0.0.0.0 for all of them: other devices at home come in with the link that is printed',
      byDefault: `${DEFAULT_HOST}, this machine only`,
    },
    { name: 'rotate-token', meaning: 'with --host: a new link and a new password of the broker; the old ones end' },
    { name: 'device-auth', meaning: 'only devices registered by ./amphora add-battery publish over MQTT' },
    {
      name: 'mqtts-port',
      value: 'N',
      meaning: 'port of the devices with certificates; 0 picks a free one',
      byDefault: String(DEFAULT_MQTTS_PORT),
    },
    { name: 'auth', meaning: 'ask who is there: people of ./amphora user sign in, scripts send a token' },
    { name: 'auth-port', value: 'N', meaning: 'port of the sign-in; 0 picks a free one', byDefault: '5004' },
    {
      name: 'token-minutes',
      value: 'N',
      meaning: "how long a person's access token is good",
      byDefault: '15',
    },
    { name: 'demo', meaning: "run the simulated battery 'demo' even beside real readings" },
    {
      name: 'no-demo',
      meaning: "never run the simulated battery 'demo'; without either it runs until a real reading is stored",
    },
    {
      name: 'retry-delays',
      value: 'S,S',
      meaning: 'seconds before the two tries again of a message that could not be stored',
      byDefault: '60,120',
    },
    {
      name: 'ingest',
      value: 'MODE',
      meaning: 'direct: each message is written by itself; buffered: a queue before the writer, and batches',
      byDefault: 'direct',
    },
    {
      name: 'visibility-timeout',
      value: 'S',
      meaning: 'with --ingest buffered: seconds after which what could not be stored is tried again',
      byDefault: '180',
    },
  ],
  notes: [
    'It runs until Ctrl-C or SIGTERM. npm start does the same: npm start -- --port 8080.',
    'The token of InfluxDB must be allowed to read and to write the bucket.',
    'With --json only what went wrong is JSON; what runs where stands in run.json of the data folder.',
  ],
  example: './amphora start --data ~/batteries',
  exitCodes: {
    0: 'stopped as asked',
    1: 'not used',
    2: 'it could not start: a flag, a port, the data folder or InfluxDB',
  },
  run: runStart,
};

async function runStart(args: Arguments, io: Io): Promise<number> {
  const options = localOptions(args, io);
  if (!options.ok) return refuse(io, args, options);
  const { runLocal } = await import('../local/main.ts');
  return runLocal(options.options);
}

type Options = { readonly ok: true; readonly options: LocalOptions } | Refusal;
type Surroundings = Pick<Io, 'env' | 'folder' | 'homeFolder' | 'platform' | 'err'>;

export function localOptions(args: Arguments, io: Surroundings): Options {
  const port = portOf(args, 'port', DEFAULT_PORT);
  if (typeof port !== 'number') return port;
  const mqttPort = portOf(args, 'mqtt-port', DEFAULT_MQTT_PORT);
  if (typeof mqttPort !== 'number') return mqttPort;
  if (port === mqttPort && port !== 0) {
    return refusal(`--port and --mqtt-port are both ${port}; the page and the broker need a port each`);
  }
  const host = hostOf(args);
  if (typeof host !== 'string') return host;
  const deviceAuth = deviceOptions(args, [port, mqttPort]);
  if (deviceAuth !== undefined && 'ok' in deviceAuth) return deviceAuth;
  const signIn = signInOptions(args, [port, mqttPort]);
  if (signIn !== undefined && 'ok' in signIn) return signIn;
  const isDemo = args.switches.has('demo');
  const isNoDemo = args.switches.has('no-demo');
  if (isDemo && isNoDemo) return refusal('--demo and --no-demo contradict each other; give one');
  const retryDelaysMs = retryDelays(args.texts.get('retry-delays'));
  if ('ok' in retryDelaysMs) return retryDelaysMs;
  const buffered = bufferOptions(args);
  if (buffered !== undefined && 'ok' in buffered) return buffered;
  const store = storeChoice(args, io);
  if ('ok' in store) return store;
  const dataDir = dataFolder(args.texts.get('data'), io);
  const demo = isDemo ? 'on' : isNoDemo ? 'off' : 'auto';
  return {
    ok: true,
    options: {
      port,
      mqttPort,
      store,
      dataDir,
      host,
      demo,
      retryDelaysMs,
      ...(signIn === undefined ? {} : { signIn }),
      ...(buffered === undefined ? {} : { buffered }),
      ...(deviceAuth === undefined ? {} : { deviceAuth }),
      ...(args.switches.has('rotate-token') ? { areSecretsRotated: true } : {}),
    },
  };
}

function hostOf(args: Arguments): string | Refusal {
  const host = args.texts.get('host') ?? DEFAULT_HOST;
  if (!HOST.test(host)) {
    return refusal(`--host must be an address or a name of this machine, as in 192.168.1.5, not '${host}'`);
  }
  const isBeyond = !LOOPBACK.has(host.toLowerCase());
  if (isBeyond && args.switches.has('auth')) {
    return refusal(
      `--auth and --host ${host} do not go together: the sign-in listens on this machine only. Beyond it, --host asks for a token of its own; leave --auth out`,
    );
  }
  return !isBeyond && args.switches.has('rotate-token')
    ? refusal('--rotate-token is for the token of --host; on this machine alone there is none. Leave it out')
    : host;
}

function deviceOptions(args: Arguments, others: readonly number[]): LocalOptions['deviceAuth'] | Refusal {
  if (!args.switches.has('device-auth')) {
    return args.texts.has('mqtts-port')
      ? refusal('--mqtts-port is for devices with certificates; give --device-auth with it, or leave it out')
      : undefined;
  }
  const mqttsPort = portOf(args, 'mqtts-port', DEFAULT_MQTTS_PORT);
  if (typeof mqttsPort !== 'number') return mqttsPort;
  return mqttsPort !== 0 && others.includes(mqttsPort)
    ? refusal(`--mqtts-port ${mqttsPort} is the port of the page or the broker; devices need one of their own`)
    : { mqttsPort };
}

function signInOptions(args: Arguments, others: readonly number[]): LocalOptions['signIn'] | Refusal {
  const given = ['auth-port', 'token-minutes'].find((flag) => args.texts.has(flag));
  if (!args.switches.has('auth')) {
    return given === undefined
      ? undefined
      : refusal(`--${given} is for the sign-in; give --auth with it, or leave it out`);
  }
  const port = portOf(args, 'auth-port', DEFAULT_AUTH_PORT);
  if (typeof port !== 'number') return port;
  if (port !== 0 && others.includes(port))
    return refusal(`--auth-port ${port} is the port of the page or the broker; the sign-in needs one of its own`);
  const text = args.texts.get('token-minutes');
  if (text === undefined) return { port };
  const tokenMinutes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return tokenMinutes >= 1 && tokenMinutes <= MAX_TOKEN_MINUTES
    ? { port, tokenMinutes }
    : refusal(`--token-minutes must be a whole number from 1 to ${MAX_TOKEN_MINUTES}, not '${text}'`);
}

function bufferOptions(args: Arguments): LocalOptions['buffered'] | Refusal {
  const mode = args.texts.get('ingest') ?? 'direct';
  const text = args.texts.get('visibility-timeout');
  if (mode === 'direct')
    return text === undefined
      ? undefined
      : refusal('--visibility-timeout is for the queue; give --ingest buffered with it, or leave it out');
  if (mode !== 'buffered') return refusal(`--ingest must be direct or buffered, not '${mode}'`);
  if (text === undefined) return {};
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds <= MAX_VISIBILITY_S
    ? { visibilityMs: Math.round(seconds * 1000) }
    : refusal(`--visibility-timeout must be a number of seconds up to ${MAX_VISIBILITY_S}, not '${text}'`);
}

function storeChoice(args: Arguments, io: Surroundings): StoreChoice | Refusal {
  const kind = args.texts.get('store') ?? 'sqlite';
  if (kind === 'influxdb') {
    const influx = influxPlace(args, io);
    return influx.ok ? { kind, ...influx.place } : influx;
  }
  if (kind !== 'sqlite') return refusal(`--store must be sqlite or influxdb, not '${kind}'`);
  const flag = givenInfluxFlag(args);
  return flag === undefined
    ? { kind }
    : refusal(`--${flag} is for InfluxDB; give --store influxdb with it, or leave it out`);
}

function portOf(args: Arguments, flag: string, byDefault: number): number | Refusal {
  const text = args.texts.get(flag);
  if (text === undefined) return byDefault;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535
    ? port
    : refusal(`--${flag} must be a port number, 0 to 65535, not '${text}'; 0 picks a free one`);
}

function retryDelays(text: string | undefined): readonly [number, number] | Refusal {
  if (text === undefined) return DEFAULT_RETRY_DELAYS_MS;
  const parts = text.split(',').map((part) => (/^\d+(\.\d+)?$/.test(part.trim()) ? Number(part) : Number.NaN));
  const [firstS, secondS] = parts;
  const isGood = parts.length === 2 && parts.every((delayS) => delayS <= MAX_RETRY_DELAY_S);
  return isGood && firstS !== undefined && secondS !== undefined
    ? [Math.round(firstS * 1000), Math.round(secondS * 1000)]
    : refusal(`--retry-delays must be two numbers of seconds up to ${MAX_RETRY_DELAY_S}, as in 60,120, not '${text}'`);
}
