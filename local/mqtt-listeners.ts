/** The ports of the broker, and which rights a connection to each of them has. */
import type { IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { ListenPlace } from './access/listen-place.ts';
import type { Access } from './access/open-access.ts';
import type { Broker } from './broker.ts';
import type { DeviceDoor } from './device-auth/device-door.ts';
import { mqttsServer } from './device-auth/mqtts.ts';
import { type Listening, listenOn } from './listen.ts';
import type { LocalLog } from './local-log.ts';
import { allOf, listenerRights, type MqttRights } from './mqtt-rights.ts';

export type MqttListenersOptions = {
  readonly broker: Broker;
  readonly place: ListenPlace;
  readonly mqttPort: number;
  readonly deviceAuth?: { readonly mqttsPort: number };
  /** Undefined: on loopback only. */
  readonly access: Pick<Access, 'ofTcp' | 'ofWebSocket'> | undefined;
  /** Undefined: devices show no certificates. */
  readonly devices: DeviceDoor | undefined;
  readonly log: LocalLog;
};

export type MqttListeners = {
  readonly mqttPort: number;
  readonly mqttsPort: number | undefined;
  readonly handleWebSocket: Broker['handleWebSocket'];
  readonly close: () => Promise<void>;
};

/** The devices' door is closed with the listeners, and when they could not be opened. */
export async function listenForMqtt(options: MqttListenersOptions): Promise<MqttListeners> {
  const { broker, place, access, devices, log } = options;
  const listener = devices === undefined ? undefined : listenerRights(devices.isDevice);
  const withListener = (rights: MqttRights | undefined): MqttRights =>
    allOf([rights, listener].filter((one) => one !== undefined));
  const plain = (): ReturnType<typeof createServer> =>
    createServer((socket: Socket) => broker.handleTcp(socket, withListener(access?.ofTcp(socket))));
  let mqtt: Listening | undefined;
  try {
    const tcp = await listenOn(place.addresses, plain, options.mqttPort, '--mqtt-port');
    mqtt = tcp;
    const mqtts = await listenForDevices(options);
    return {
      mqttPort: tcp.port,
      mqttsPort: mqtts?.port,
      handleWebSocket: (socket, request: IncomingMessage) =>
        broker.handleWebSocket(socket, request, withListener(access?.ofWebSocket(request))),
      close: async () => {
        devices?.close();
        await Promise.all([tcp.close(), mqtts?.close()]);
      },
    };
  } catch (error) {
    devices?.close();
    await mqtt?.close();
    throw error;
  }

  async function listenForDevices({ deviceAuth }: MqttListenersOptions): Promise<Listening | undefined> {
    if (devices === undefined || deviceAuth === undefined) return undefined;
    const { identity, rightsOf } = devices;
    const server = (): ReturnType<typeof mqttsServer> =>
      mqttsServer({ ...identity, handle: (socket) => broker.handleTcp(socket, rightsOf(socket)), log });
    return listenOn(place.addresses, server, deviceAuth.mqttsPort, '--mqtts-port');
  }
}
