/** Which Amphora a command speaks to: from --url, --mqtt-url, or what runs in the data folder. */
import { type Arguments, type Flag, type Io, type Refusal, refusal } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, runningIn } from './data-folder.ts';
import type { Door, DoorOptions } from './door.ts';

export type Target =
  | { readonly kind: 'http'; readonly url: string; readonly apiUrl: string }
  | {
      readonly kind: 'mqtt';
      readonly url: string;
      /** Where its API is, as far as known. */
      readonly apiUrl?: string;
    };

const DEFAULT_MQTT_URL = 'mqtt://localhost:1883';
const DEFAULT_API_URL = 'http://localhost:5003';

export const TARGET_FLAGS: readonly Flag[] = [
  { name: 'url', value: 'URL', meaning: 'send over HTTP to this Amphora instead, as in https://example.org/api' },
  {
    name: 'mqtt-url',
    value: 'URL',
    meaning: 'send over MQTT to this broker (mqtt, mqtts, ws or wss); goes before --url',
    byDefault: `that of the Amphora running in the data folder, else ${DEFAULT_MQTT_URL}`,
  },
  { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora to send to', byDefault: DATA_FOLDER_DEFAULT },
];

export async function resolveTarget(args: Arguments, io: Io): Promise<({ readonly ok: true } & Target) | Refusal> {
  const mqttUrl = args.texts.get('mqtt-url');
  if (mqttUrl !== undefined) return checked('mqtt', 'mqtt-url', mqttUrl, ['mqtt:', 'mqtts:', 'ws:', 'wss:']);
  const url = args.texts.get('url');
  if (url !== undefined) return checked('http', 'url', url, ['http:', 'https:']);
  const running = await runningIn(dataFolder(args.texts.get('data'), io));
  return running === undefined
    ? { ok: true, kind: 'mqtt', url: DEFAULT_MQTT_URL, apiUrl: DEFAULT_API_URL }
    : {
        ok: true,
        kind: 'mqtt',
        url: `mqtt://localhost:${running.mqttPort}`,
        apiUrl: `http://localhost:${running.port}`,
      };
}

function checked(
  kind: Target['kind'],
  flag: string,
  text: string,
  protocols: readonly string[],
): ({ readonly ok: true } & Target) | Refusal {
  const url = URL.parse(text);
  if (url === null || !protocols.includes(url.protocol) || url.hostname === '') {
    const wanted = protocols.map((protocol) => `${protocol}//`).join(', ');
    return refusal(`--${flag} must be an address beginning with ${wanted}, not '${text}'`);
  }
  if (kind === 'mqtt') return { ok: true, kind, url: text };
  if (url.username !== '' || url.password !== '')
    return refusal(`--${flag} takes no user name or password; leave them out`);
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return { ok: true, kind, url: base, apiUrl: base };
}

/** Loads the client of this one way only: starting a command must not cost both. */
export async function openDoor(
  target: Target,
  options: DoorOptions,
): Promise<{ readonly ok: true; readonly door: Door } | Refusal> {
  if (target.kind === 'http') {
    const { openHttpDoor } = await import('./http-door.ts');
    return openHttpDoor(target.url, options);
  }
  const { openMqttDoor } = await import('./mqtt-door.ts');
  return openMqttDoor(target.url, options);
}

/** What to type to see the battery's newest values. */
export function lookCommand(target: Target, battery: string): string | undefined {
  return target.apiUrl === undefined ? undefined : `curl '${target.apiUrl}/livedata?battery=${battery}'`;
}
