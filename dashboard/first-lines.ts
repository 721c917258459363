/** The lines that send a battery's first reading, ready to paste into a terminal. */
import { firstTopic } from './topics.ts';

const DEFAULT_BATTERY = 'default';
const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
// local/access: password-rights.ts, and the file of open-access.ts.
const BROKER_USER = 'amphora';
const PASSWORD_FILE = 'broker-password';

/** What stands in a line for what only this Amphora's owner can tell. */
const LINK_TOKEN = '<token of the link>';
const PASSWORD = `<${PASSWORD_FILE}>`;

export type Doors = {
  /** Where the API is, with scheme and host. */
  readonly apiUrl: string;
  /** Where the broker is; undefined port: this page knows of none that takes a line without a certificate. */
  readonly host: string;
  readonly mqttPort: number | undefined;
  /** Of `./amphora add-battery`, without which nobody publishes over MQTT here; undefined: it is not asked for. */
  readonly deviceFlags: string | undefined;
  /** The API wants the token of the link, and the broker its password of all but this machine. */
  readonly isTokenAsked: boolean;
  /** First level of every topic. */
  readonly topicRoot: string;
  /** How a terminal signs in, where the API wants that. */
  readonly terminal: Terminal | undefined;
};

/** Commands of ./amphora: the first one once, the second prints an access token. */
export type Terminal = { readonly login: string; readonly token: string };

export type FirstLine = { readonly door: 'HTTP' | 'MQTT'; readonly line: string };

export function firstLines(battery: string, doors: Doors): readonly FirstLine[] {
  const { apiUrl } = doors;
  // The default battery is the one of the original demo's own routes and topics.
  const isDefault = battery === DEFAULT_BATTERY;
  const body = isDefault ? '{"charge": 10, "unit": "kW"}' : '{"charge": 10}';
  const path = isDefault ? 'charge' : `batteries/${battery}/telemetry`;
  const curl = `curl -X POST ${quoted(`${apiUrl}/${path}`)}${authorization(doors)} -H "Content-Type: application/json" -d '${body}'`;
  const mqtt = mqttLine(battery, body, doors);
  return [{ door: 'HTTP', line: curl }, ...(mqtt === undefined ? [] : [{ door: 'MQTT', line: mqtt } as const])];
}

function mqttLine(battery: string, body: string, doors: Doors): string | undefined {
  const { host, mqttPort, deviceFlags, isTokenAsked, topicRoot } = doors;
  // It prints the line with the certificate's files, whose folder it chooses.
  if (deviceFlags !== undefined) return `./amphora add-battery ${battery} ${deviceFlags}`;
  if (mqttPort === undefined) return undefined;
  // mosquitto takes an IPv6 address without the brackets of a URL.
  const broker = host.replace(/^\[|\]$/g, '');
  const password = isTokenAsked && !THIS_MACHINE.has(broker) ? ` -u ${BROKER_USER} -P '${PASSWORD}'` : '';
  return `mosquitto_pub -h ${broker} -p ${mqttPort}${password} -t ${firstTopic(topicRoot, battery)} -m '${body}' -q 1`;
}

/** What the page itself may not do where one signs in: its own right is to read. */
export const removalLine = (doors: Doors): string =>
  `curl -X DELETE ${quoted(`${doors.apiUrl}/batteries/demo`)}${authorization(doors)}`;

/** A command of ./amphora that speaks to this very API. */
export const commandLine = (command: string, { apiUrl }: Doors): string =>
  `./amphora ${command} --url ${quoted(apiUrl)}`;

/** With the address even where it is the usual one: without it the commands look into the data folder of that name only. */
export function terminalOf(pageUrl: string): Terminal {
  const address = quoted(pageUrl);
  return { login: `./amphora login ${address}`, token: `./amphora token ${address}` };
}

/** Where to find what the lines leave open; empty: they leave nothing open. */
export function placesNote(battery: string, doors: Doors): string {
  const text = firstLines(battery, doors)
    .map(({ line }) => line)
    .join('\n');
  return [
    ...(text.includes(LINK_TOKEN) ? ['The token stands in the link that ./amphora start printed.'] : []),
    ...(text.includes(PASSWORD) ? [`The password is in the file ${PASSWORD_FILE} of the data folder.`] : []),
  ].join(' ');
}

function authorization({ terminal, isTokenAsked }: Doors): string {
  if (terminal !== undefined) return ` -H "Authorization: Bearer $(${terminal.token})"`;
  return isTokenAsked ? ` -H "Authorization: Bearer ${LINK_TOKEN}"` : '';
}

// A shell takes `$default`, the stage in an emulator's address, for a variable of its own.
const quoted = (address: string): string => (/^[\w:/.-]+$/.test(address) ? address : `'${address}'`);
