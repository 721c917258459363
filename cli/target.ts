/** Which Amphora a command speaks to: from --url, --mqtt-url, or what runs in the data folder. */
import { quoted } from '../local/shell-word.ts';
import { type Arguments, type Flag, type Io, type Refusal, refusal } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, type Running, runningIn } from './data-folder.ts';
import type { Door, DoorOptions } from './door.ts';
import type { Bearer } from './sign-in/api-access.ts';
import { ownBearer } from './sign-in/own-token.ts';
import { batteryPage, localPageOf } from './sign-in/page-address.ts';

export type Target =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly apiUrl: string;
      /** Absent: without a token. */
      readonly bearer?: Bearer;
      /** As far as known. */
      readonly pageUrl?: string;
    }
  | {
      readonly kind: 'mqtt';
      readonly url: string;
      /** First level of every topic. */
      readonly topicRoot: string;
      /** Where its API is, as far as known. */
      readonly apiUrl?: string;
    };

const DEFAULT_MQTT_URL = 'mqtt://localhost:1883';
const DEFAULT_API_URL = 'http://localhost:5003';
const DEFAULT_TOPIC_ROOT = 'battery';
// As lib/settings.ts takes it.
const TOPIC_ROOT = /^[A-Za-z0-9_-]{1,64}$/;

export const TARGET_FLAGS: readonly Flag[] = [
  {
    name: 'url',
    value: 'URL',
    meaning:
      'send over HTTP to this Amphora instead, as in https://example.org/api; with the token in AMPHORA_TOKEN, else with the login of ./amphora login',
  },
  {
    name: 'mqtt-url',
    value: 'URL',
    meaning: 'send over MQTT to this broker (mqtt, mqtts, ws or wss); goes before --url',
    byDefault: `that of the Amphora running in the data folder, else ${DEFAULT_MQTT_URL}`,
  },
  {
    name: 'topic-root',
    value: 'ROOT',
    meaning: 'first level of the MQTT topics: the setting topicRoot of the Amphora behind --mqtt-url',
    byDefault: `that of the Amphora running in the data folder, else ${DEFAULT_TOPIC_ROOT}`,
  },
  { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora to send to', byDefault: DATA_FOLDER_DEFAULT },
];

type Resolved = ({ readonly ok: true } & Target) | Refusal;

type HttpTarget = Extract<Target, { readonly kind: 'http' }>;
type ResolvedApi = ({ readonly ok: true } & HttpTarget) | Refusal;

export async function resolveTarget(args: Arguments, io: Io): Promise<Resolved> {
  const givenRoot = args.texts.get('topic-root');
  if (givenRoot !== undefined && !TOPIC_ROOT.test(givenRoot)) {
    return refusal(`--topic-root must be one topic level: letters, digits, - and _, at most 64, not '${givenRoot}'`);
  }
  const topicRoot = givenRoot ?? DEFAULT_TOPIC_ROOT;
  const mqttUrl = args.texts.get('mqtt-url');
  if (mqttUrl !== undefined) return mqttTarget(mqttUrl, topicRoot);
  const folder = args.texts.get('data');
  const dataDir = dataFolder(folder, io);
  const running = await runningIn(dataDir);
  const url = args.texts.get('url');
  if (url !== undefined) return httpTarget(url, io, dataDir, running);
  // A folder that was named is meant: another Amphora's default port would be the wrong one.
  if (running === undefined && folder !== undefined) return nothingRuns(folder);
  if (running === undefined)
    return { ok: true, kind: 'mqtt', url: DEFAULT_MQTT_URL, topicRoot, apiUrl: DEFAULT_API_URL };
  const runningRoot = running.topicRoot ?? topicRoot;
  // On another root its broker would acknowledge everything, and nothing would be stored.
  if (givenRoot !== undefined && givenRoot !== runningRoot) {
    return refusal(
      `the Amphora that runs in the data folder hears topics below '${runningRoot}', not '${givenRoot}'; leave --topic-root out`,
    );
  }
  // Its broker takes messages of devices with certificates only.
  if (running.mqttsPort !== undefined) return httpTarget(`http://localhost:${running.port}`, io, dataDir, running);
  return {
    ok: true,
    kind: 'mqtt',
    url: `mqtt://localhost:${running.mqttPort}`,
    topicRoot: runningRoot,
    apiUrl: `http://localhost:${running.port}`,
  };
}

/** Where to ask: --url, else the Amphora running in the data folder, else where one listens by itself. */
export async function resolveApi(args: Arguments, io: Io): Promise<ResolvedApi> {
  const [url, folder] = [args.texts.get('url'), args.texts.get('data')];
  const dataDir = dataFolder(folder, io);
  const running = await runningIn(dataDir);
  if (url !== undefined) return httpTarget(url, io, dataDir, running);
  if (running === undefined && folder !== undefined) return nothingRuns(folder);
  if (running === undefined) return httpTarget(DEFAULT_API_URL, io, dataDir, running);
  return httpTarget(`http://localhost:${running.port}`, io, dataDir, running);
}

const nothingRuns = (folder: string): Refusal =>
  refusal(`no Amphora runs in ${folder}; start it with ./amphora start --data ${quoted(folder)}, or leave --data out`);

function mqttTarget(text: string, topicRoot: string): Resolved {
  const url = addressOf('mqtt-url', text, ['mqtt:', 'mqtts:', 'ws:', 'wss:']);
  return url.ok ? { ok: true, kind: 'mqtt', url: text, topicRoot } : url;
}

async function httpTarget(text: string, io: Io, dataDir: string, running: Running | undefined): Promise<ResolvedApi> {
  const address = addressOf('url', text, ['http:', 'https:']);
  if (!address.ok) return address;
  const { url } = address;
  if (url.username !== '' || url.password !== '')
    return refusal('--url takes no user name or password; leave them out');
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const bearer = ownBearer(url, dataDir, running);
  const localPage = localPageOf(base);
  const page = localPage === undefined ? {} : { pageUrl: localPage };
  if (bearer !== undefined) return { ok: true, kind: 'http', url: base, apiUrl: base, ...page, bearer };
  const { apiAccess } = await import('./sign-in/api-access.ts');
  const access = apiAccess(base, io);
  return access.ok ? { ...page, ...access, kind: 'http', url: access.apiUrl } : access;
}

function addressOf(
  flag: string,
  text: string,
  protocols: readonly string[],
): { readonly ok: true; readonly url: URL } | Refusal {
  const url = URL.parse(text);
  if (url !== null && protocols.includes(url.protocol) && url.hostname !== '') return { ok: true, url };
  const wanted = protocols.map((protocol) => `${protocol}//`).join(', ');
  return refusal(`--${flag} must be an address beginning with ${wanted}, not '${text}'`);
}

/** Loads the client of this one way only: starting a command must not cost both. */
export async function openDoor(
  target: Target,
  options: DoorOptions,
): Promise<{ readonly ok: true; readonly door: Door } | Refusal> {
  if (target.kind === 'http') {
    const { openHttpDoor } = await import('./http-door.ts');
    return openHttpDoor(target.url, target.bearer === undefined ? options : { ...options, bearer: target.bearer });
  }
  const { openMqttDoor } = await import('./mqtt-door.ts');
  return openMqttDoor(target, options);
}

/** Where to see the battery: the page of the Amphora on this machine, else what to type. */
export function lookAt(target: Target, battery: string): string | undefined {
  if (target.apiUrl === undefined) return undefined;
  if (target.kind === 'mqtt') return `${target.apiUrl}/?battery=${battery}`;
  if (target.pageUrl !== undefined) return batteryPage(target.pageUrl, battery);
  const token = target.bearer === undefined ? '' : `-H "Authorization: Bearer ${target.bearer.inShell}" `;
  return `curl ${token}${quoted(`${target.apiUrl}/livedata?battery=${battery}`)}`;
}
