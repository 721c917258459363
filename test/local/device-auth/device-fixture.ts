/** A broker with TLS and the device registry of a folder, on real sockets; certificates as ./amphora add-battery gets them. */

import { join } from 'node:path';
import mqtt from 'mqtt';
import { LOOPBACK_PLACE } from '../../../local/access/listen-place.ts';
import { type IncomingMessage, startBroker } from '../../../local/broker.ts';
import { openDeviceDoor } from '../../../local/device-auth/device-door.ts';
import { openAuthority } from '../../../local/devices/authority.ts';
import { LOCAL_STACK, type LocalDevices, openDevices } from '../../../local/devices/device-database.ts';
import { certificateRequestPem, newKeyPair, privateKeyPem } from '../../../local/devices/key-pair.ts';
import { DEVICES_FILE } from '../../../local/files/registered-files.ts';
import { listenForMqtt } from '../../../local/mqtt-listeners.ts';
import { IOT_ARN_PREFIX, type TemplatePolicy } from '../../../local/template.ts';
import { type Logged, recordedLog } from '../recorded-log.ts';
import { inTempFolder } from '../temp-folder.ts';

const DEADLINE_MS = 10_000;
const THING = '${iot:Connection.Thing.ThingName}';
const ATTACHED = { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } };
const allow = (action: string, ...resources: readonly string[]) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resources.map((resource) => `${IOT_ARN_PREFIX}${resource}`),
  Condition: ATTACHED,
});

/** Of the form of the stack's own; with a topic to retain on, and a wildcard that an unwise policy could have. */
const POLICIES: readonly TemplatePolicy[] = [
  {
    name: 'device',
    document: {
      Statement: [
        allow('iot:Connect', `client/${THING}`),
        allow('iot:Publish', `topic/battery/${THING}/telemetry`, `topic/battery/${THING}/status`),
        allow('iot:Subscribe', `topicfilter/battery/${THING}/command`),
        allow('iot:Receive', `topic/battery/${THING}/command`),
      ],
    },
  },
  { name: 'retain', document: { Statement: allow('iot:RetainPublish', `topic/battery/${THING}/status`) } },
  { name: 'curious', document: { Statement: allow('iot:Subscribe', 'topicfilter/*') } },
];

export type Credentials = { readonly key: string; readonly cert: string };

export type DeviceFixture = {
  readonly folder: { readonly file: (name: string) => string };
  readonly devices: LocalDevices;
  readonly accepted: readonly IncomingMessage[];
  readonly logged: readonly Logged[];
  readonly port: number;
  readonly tlsPort: number;
  readonly ca: string;
  /** Registers it with these policies, and gives what it connects with. */
  readonly register: (id: string, policies?: readonly string[]) => Promise<Credentials & { readonly id: string }>;
  /** Signed by the authority of the folder, but not registered. */
  readonly signed: (commonName: string) => Promise<Credentials>;
  readonly connect: (
    credentials: Partial<Credentials>,
    options: mqtt.IClientOptions & { readonly clientId: string },
  ) => Promise<mqtt.MqttClient>;
  /** As the functions publish a command. */
  readonly publish: (topic: string, payload: string) => Promise<void>;
  readonly plain: (clientId: string, options?: mqtt.IClientOptions) => Promise<mqtt.MqttClient>;
  readonly reasons: () => readonly string[];
};

export async function withDevices(use: (fixture: DeviceFixture) => Promise<void>): Promise<void> {
  await inTempFolder(async (path) => {
    const folder = { file: (name: string) => join(path, name) };
    const { log, logged } = recordedLog();
    const accepted: IncomingMessage[] = [];
    const door = await openDeviceDoor({
      folder,
      policies: POLICIES,
      arnPrefix: IOT_ARN_PREFIX,
      beyond: undefined,
      log,
    });
    const devices = openDevices(folder.file(DEVICES_FILE));
    const broker = await startBroker({
      accept: async (message) => void accepted.push(message),
      log,
      nowMs: Date.now,
    });
    const listeners = await listenForMqtt({
      broker,
      place: LOOPBACK_PLACE,
      mqttPort: 0,
      deviceAuth: { mqttsPort: 0 },
      access: undefined,
      devices: door,
      log,
    });
    const clients: mqtt.MqttClient[] = [];
    const opened = async (url: string, options: mqtt.IClientOptions): Promise<mqtt.MqttClient> => {
      const usual = { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: DEADLINE_MS } as const;
      const client = await mqtt.connectAsync(url, { ...usual, ...options }, false);
      client.on('error', () => {});
      clients.push(client);
      return client;
    };
    const authority = await openAuthority(folder);
    const signed = async (commonName: string): Promise<Credentials> => {
      const keys = await newKeyPair();
      const request = await certificateRequestPem(keys, commonName);
      return {
        key: await privateKeyPem(keys),
        cert: await authority.sign(request, { commonName, nowMs: Date.now() }),
      };
    };
    try {
      await use({
        folder,
        devices,
        accepted,
        logged,
        port: listeners.mqttPort,
        tlsPort: listeners.mqttsPort ?? 0,
        ca: authority.certificatePem,
        register: async (id, policyNames = ['device']) => {
          const credentials = await signed(id);
          const certificatePem = credentials.cert;
          devices.add({ thingName: id, stackName: LOCAL_STACK, certificatePem, policyNames, nowMs: Date.now() });
          return { ...credentials, id };
        },
        signed,
        connect: async (credentials, options) =>
          opened(`mqtts://localhost:${listeners.mqttsPort}`, {
            ca: authority.certificatePem,
            ...credentials,
            ...options,
          }),
        publish: async (topic, payload) => broker.publish({ topic, payload: Buffer.from(payload), qos: 1 }),
        plain: async (clientId, options = {}) =>
          opened(`mqtt://127.0.0.1:${listeners.mqttPort}`, { ...options, clientId }),
        reasons: () => logged.filter(({ level }) => level === 'warn').map(({ fields }) => String(fields['reason'])),
      });
    } finally {
      for (const client of clients) client.end(true);
      await broker.close();
      await listeners.close();
      devices.close();
    }
  });
}
