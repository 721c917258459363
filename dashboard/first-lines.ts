/** The lines that send a battery's first reading, ready to paste into a terminal. */
import { firstTopic } from './topics.ts';

const DEFAULT_BATTERY = 'default';

export type Doors = {
  /** Where the API is, with scheme and host. */
  readonly apiUrl: string;
  /** Where the broker is; undefined port: this page knows of none. */
  readonly host: string;
  readonly mqttPort: number | undefined;
  /** First level of every topic. */
  readonly topicRoot: string;
  /** How a terminal signs in, where the API wants that. */
  readonly terminal: Terminal | undefined;
};

/** Commands of ./amphora: the first one once, the second prints an access token. */
export type Terminal = { readonly login: string; readonly token: string };

export type FirstLine = { readonly door: 'HTTP' | 'MQTT'; readonly line: string };

export function firstLines(battery: string, doors: Doors): readonly FirstLine[] {
  const { apiUrl, host, mqttPort, topicRoot } = doors;
  // The default battery is the one of the original demo's own routes and topics.
  const isDefault = battery === DEFAULT_BATTERY;
  const body = isDefault ? '{"charge": 10, "unit": "kW"}' : '{"charge": 10}';
  const path = isDefault ? 'charge' : `batteries/${battery}/telemetry`;
  const topic = firstTopic(topicRoot, battery);
  const curl = `curl -X POST ${quoted(`${apiUrl}/${path}`)}${authorization(doors)} -H "Content-Type: application/json" -d '${body}'`;
  // mosquitto takes an IPv6 address without the brackets of a URL.
  const broker = host.replace(/^\[|\]$/g, '');
  const mosquitto = `mosquitto_pub -h ${broker} -p ${mqttPort} -t ${topic} -m '${body}' -q 1`;
  return [
    { door: 'HTTP', line: curl },
    ...(mqttPort === undefined ? [] : [{ door: 'MQTT', line: mosquitto } as const]),
  ];
}

/** What the page itself may not do where one signs in: its own right is to read. */
export const removalLine = (doors: Doors): string =>
  `curl -X DELETE ${quoted(`${doors.apiUrl}/batteries/demo`)}${authorization(doors)}`;

/** Where the commands look by themselves. */
const USUAL_PAGE = 'http://localhost:5003/';

export function terminalOf(pageUrl: string): Terminal {
  const address = pageUrl === USUAL_PAGE ? '' : ` ${quoted(pageUrl)}`;
  return { login: `./amphora login${address}`, token: `./amphora token${address}` };
}

function authorization({ terminal }: Doors): string {
  return terminal === undefined ? '' : ` -H "Authorization: Bearer $(${terminal.token})"`;
}

// A shell takes `$default`, the stage in an emulator's address, for a variable of its own.
const quoted = (address: string): string => (/^[\w:/.-]+$/.test(address) ? address : `'${address}'`);
