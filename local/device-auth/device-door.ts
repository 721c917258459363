/** What `--device-auth` opens: the registry and the authority of the data folder, and the policies of the template. */

import { hostname, networkInterfaces } from 'node:os';
import type { Beyond } from '../access/listen-place.ts';
import { openAuthority } from '../devices/authority.ts';
import { openDevices } from '../devices/device-database.ts';
import { DEVICES_FILE } from '../files/registered-files.ts';
import { parsePolicy } from '../iot-policy/policy.ts';
import type { LocalLog } from '../local-log.ts';
import type { TemplatePolicy } from '../template.ts';
import { deviceRights } from './device-rights.ts';
import type { MqttsOptions } from './mqtts.ts';

export type DeviceDoor = {
  readonly identity: Pick<MqttsOptions, 'key' | 'cert' | 'ca'>;
  readonly rightsOf: ReturnType<typeof deviceRights>['rightsOf'];
  /** Of a connection that shows no certificate. */
  readonly isDevice: (clientId: string) => boolean;
  readonly close: () => void;
};

export type DeviceDoorOptions = {
  readonly folder: { readonly file: (name: string) => string };
  readonly policies: readonly TemplatePolicy[];
  readonly arnPrefix: string;
  readonly beyond: Beyond | undefined;
  readonly log: LocalLog;
};

export async function openDeviceDoor(options: DeviceDoorOptions): Promise<DeviceDoor> {
  const { folder, arnPrefix, log } = options;
  const policies = options.policies.map(({ name, document }) => parsePolicy(name, document));
  const authority = await openAuthority(folder);
  const identity = await authority.serverIdentity(namesOf(options.beyond));
  const devices = openDevices(folder.file(DEVICES_FILE));
  const { rightsOf, isDevice, close } = deviceRights({ devices, policies, arnPrefix, log });
  return {
    identity: { ...identity, ca: authority.certificatePem },
    rightsOf,
    isDevice,
    close: () => {
      close();
      devices.close();
    },
  };
}

/** By which a device may have been told to find this machine: its TLS library compares them with the certificate. */
function namesOf(beyond: Beyond | undefined): readonly string[] {
  const loopback = ['localhost', '127.0.0.1', '::1'];
  if (beyond === undefined) return loopback;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const [short = ''] = hostname().split('.');
  const isAll = beyond.host === '0.0.0.0' || beyond.host === '::';
  const names = [...loopback, ...(isAll ? [] : [beyond.host]), ...addresses, hostname(), `${short}.local`];
  return [...new Set(names.filter((name) => /^[A-Za-z0-9.:-]+$/.test(name)))];
}
