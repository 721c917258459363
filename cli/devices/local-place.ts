/** The batteries of the Amphora on this machine. Works whether or not it runs: a running one looks at the registry itself. */
import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { localDeviceRegistry } from '../../local/devices/device-registry.ts';
import { DEVICES_FILE } from '../../local/files/registered-files.ts';
import { quoted } from '../../local/shell-word.ts';
import { type Io, type Refusal, refusal } from '../command.ts';
import { dataFolder, makeDataFolder, type Run, runIn } from '../data-folder.ts';
import type { DevicePlace } from './place.ts';

const DEFAULT_TOPIC_ROOT = 'battery';
const LOCALHOST = 'localhost';
// As ./amphora start --device-auth listens unless told otherwise.
const DEFAULT_MQTTS_PORT = 8883;

export async function localPlace(
  given: string | undefined,
  io: Io,
  isToAdd: boolean,
): Promise<{ readonly ok: true; readonly place: DevicePlace } | Refusal> {
  const folder = dataFolder(given, io);
  const flags = given === undefined ? '' : ` --data ${quoted(given)}`;
  if (isToAdd) makeDataFolder(folder);
  else if (!existsSync(join(folder, DEVICES_FILE)))
    return refusal(`no battery is registered in ${folder}; ./amphora add-battery ID${flags} registers one`, 1);
  const registry = await localDeviceRegistry({ file: (name) => join(folder, name) }, io.nowMs);
  const run = await runIn(folder);
  const running = run?.isAlive === true ? run : undefined;
  const place: DevicePlace = {
    registry,
    name: `the Amphora in ${folder}`,
    flags,
    topicRoot: running?.topicRoot ?? DEFAULT_TOPIC_ROOT,
    broker: async () => ({
      host: hostOf(running),
      port: running?.mqttsPort ?? DEFAULT_MQTTS_PORT,
      caPem: registry.authorityPem,
    }),
    plainPort: running !== undefined && running.mqttsPort === undefined ? running.mqttPort : undefined,
    remarks: remarksOf(running, folder, flags),
    // Everybody on this machine may listen there, with certificates or without.
    ear: async () =>
      running === undefined
        ? undefined
        : {
            url: `mqtt://localhost:${running.mqttPort}`,
            headers: {},
            name: `the broker of ${folder}`,
            hint: 'look whether it runs',
          },
    doctorLine: () => `./amphora doctor${flags}`,
    // Each connection and each message that is refused stands there; the doctor knows of no device.
    whyLine: () => 'the log of ./amphora start',
    cutOffSentence: 'With --device-auth it is cut off at once.',
  };
  return { ok: true, place };
}

function remarksOf(running: Run | undefined, folder: string, flags: string): readonly string[] {
  const start = `./amphora start --device-auth${flags}`;
  const here =
    hostOf(running) === LOCALHOST
      ? ['localhost is this machine only; for other devices start with --device-auth --host ADDRESS.']
      : [];
  if (running === undefined) return [`No Amphora runs in ${folder} now; start it: ${start}`, ...here];
  if (running.mqttsPort !== undefined) return here;
  return [
    `This Amphora runs without --device-auth: it asks no device for a certificate and has no port for one. Start it with ${start} to have it check them.`,
    ...here,
  ];
}

/** By which a device finds this machine: a name that stays, where others may come in. */
function hostOf(running: Run | undefined): string {
  if (running?.accessToken !== true) return LOCALHOST;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const reachable = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return reachable?.address ?? hostname();
}
