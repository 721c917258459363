/** What to type or to paste for three kinds of devices. */
import { DEFAULT_BATTERY } from '../../lambdas/batteries/battery.ts';
import { demoTopic, telemetryTopic } from '../../lambdas/telemetry/topics.ts';
import { quoted } from '../../local/shell-word.ts';
import type { DeviceFiles } from './device-files.ts';
import type { Broker } from './place.ts';

export type RecipeFacts = {
  readonly battery: string;
  readonly topicRoot: string;
  readonly broker: Broker;
  readonly files: DeviceFiles;
};

const SAMPLE = JSON.stringify({ power: 1.5, soc: 80 });

export function mosquittoPub({ battery, topicRoot, broker, files }: RecipeFacts): string {
  const tls = ['--cafile', files.ca, '--cert', files.certificate, '--key', files.key];
  const sample = ['-q', '1', '-t', telemetryTopic(topicRoot, battery), '-m', SAMPLE];
  return shellLine(['mosquitto_pub', '-h', broker.host, '-p', `${broker.port}`, ...tls, '-i', battery, ...sample]);
}

/** For a broker that takes messages without a certificate. */
export function plainMosquittoPub({ battery, topicRoot }: RecipeFacts, port: number): string {
  const sample = ['-q', '1', '-t', telemetryTopic(topicRoot, battery), '-m', SAMPLE];
  return shellLine(['mosquitto_pub', '-h', 'localhost', '-p', `${port}`, ...sample]);
}

/** A broker at home that hands its messages on. Its file takes a path as it stands, spaces and all: up to the line's end. */
export function mosquittoBridge({ battery, topicRoot, broker, files }: RecipeFacts, demoTopics: boolean): string {
  const topics = [
    telemetryTopic(topicRoot, battery),
    ...(demoTopics ? [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge')] : []),
  ];
  return lines([
    `connection amphora-${battery}`,
    `address ${broker.host}:${broker.port}`,
    'bridge_protocol_version mqttv311',
    `remote_clientid ${battery}`,
    // Kept by the broker while the connection is lost, and sent when it is back.
    'cleansession false',
    'notifications false',
    'try_private false',
    `bridge_cafile ${files.ca}`,
    `bridge_certfile ${files.certificate}`,
    `bridge_keyfile ${files.key}`,
    ...topics.map((topic) => `topic ${topic} out 1`),
  ]);
}

/** Debian's mosquitto runs as a user of its own, which reads nothing of another's 0600. */
export function ownedCopies({ ca, certificate, key }: DeviceFiles): string {
  const owned = ['-D', '-o', 'mosquitto', '-m', '0400', '-t', '/etc/mosquitto/certs'];
  return shellLine(['sudo', 'install', ...owned, ca, certificate, key]);
}

/**
 * ESPHome's `mqtt:` (its document "MQTT Client Component"). By itself it publishes its log, its status and a topic for each
 * sensor, and subscribes for discovery; the policy allows none of these, and AWS IoT ends the connection at the first:
 * `topic_prefix: null` and the two `false` switch all of it off.
 */
export function esphomeSnippet({ battery, topicRoot, broker }: RecipeFacts): string {
  return lines([
    'mqtt:',
    `  broker: ${broker.host}`,
    `  port: ${broker.port}`,
    `  client_id: ${battery}`,
    `  certificate_authority: !secret ${battery}_ca`,
    `  client_certificate: !secret ${battery}_certificate`,
    `  client_certificate_key: !secret ${battery}_key`,
    '  topic_prefix: null',
    '  discovery: false',
    '  discover_ip: false',
    'interval:',
    '  - interval: 10s',
    '    then:',
    '      - mqtt.publish_json:',
    `          topic: ${telemetryTopic(topicRoot, battery)}`,
    '          qos: 1',
    '          payload: |-',
    '            root["power"] = id(battery_power).state / 1000.0;',
    '            root["soc"] = id(battery_soc).state;',
  ]);
}

/** The topics on which this device may be heard. */
export const heardTopics = (topicRoot: string, battery: string): readonly string[] => [
  telemetryTopic(topicRoot, battery),
  ...(battery === DEFAULT_BATTERY ? [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge')] : []),
];

const shellLine = (words: readonly string[]): string => words.map(quoted).join(' ');
const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
