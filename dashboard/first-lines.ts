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
};

export type FirstLine = { readonly door: 'HTTP' | 'MQTT'; readonly line: string };

export function firstLines(battery: string, { apiUrl, host, mqttPort, topicRoot }: Doors): readonly FirstLine[] {
  // The default battery is the one of the original demo's own routes and topics.
  const isDefault = battery === DEFAULT_BATTERY;
  const body = isDefault ? '{"charge": 10, "unit": "kW"}' : '{"charge": 10}';
  const path = isDefault ? 'charge' : `batteries/${battery}/telemetry`;
  const topic = firstTopic(topicRoot, battery);
  const curl = `curl -X POST ${quoted(`${apiUrl}/${path}`)} -H "Content-Type: application/json" -d '${body}'`;
  // mosquitto takes an IPv6 address without the brackets of a URL.
  const broker = host.replace(/^\[|\]$/g, '');
  const mosquitto = `mosquitto_pub -h ${broker} -p ${mqttPort} -t ${topic} -m '${body}' -q 1`;
  return [
    { door: 'HTTP', line: curl },
    ...(mqttPort === undefined ? [] : [{ door: 'MQTT', line: mosquitto } as const]),
  ];
}

// A shell takes `$default`, the stage in an emulator's address, for a variable of its own.
const quoted = (address: string): string => (/^[\w:/.-]+$/.test(address) ? address : `'${address}'`);
