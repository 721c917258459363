/** The registry of devices in a data folder, with its own authority: the port's local adapter. */

import { X509Certificate } from 'node:crypto';
import type { Device, DeviceCertificate, DeviceRegistry } from '../../lambdas/batteries/device-registry.ts';
import { DEVICES_FILE } from '../files/registered-files.ts';
import { openAuthority } from './authority.ts';
import { LOCAL_STACK, type LocalThing, openDevices, type StoredCertificate } from './device-database.ts';

export async function localDeviceRegistry(
  folder: { readonly file: (name: string) => string },
  nowMs: () => number,
): Promise<DeviceRegistry & { readonly authorityPem: string }> {
  const authority = await openAuthority(folder);
  const devices = openDevices(folder.file(DEVICES_FILE));
  const thing = (battery: string): LocalThing | undefined => devices.things().find(({ name }) => name === battery);

  return {
    owner: LOCAL_STACK,
    authorityPem: authority.certificatePem,
    find: async (battery) => {
      const found = thing(battery);
      return found === undefined ? undefined : deviceOf(found);
    },
    list: async (which) =>
      devices
        .things()
        .filter(({ stackName }) => which === 'all' || stackName === LOCAL_STACK)
        .map(deviceOf),
    register: async ({ battery, key, demoTopics }) => {
      const known = thing(battery);
      if (known !== undefined && known.stackName !== LOCAL_STACK)
        return { ok: false, reason: 'not-ours', owner: known.stackName };
      const own = known?.certificates.find((one) => publicKeyOf(one.certificatePem) === key.publicKeyPem);
      if (own?.isActive === false) return { ok: false, reason: 'inactive', certificateId: own.certificateId };
      const certificatePem =
        own?.certificatePem ?? (await authority.sign(key.requestPem, { commonName: battery, nowMs: nowMs() }));
      const { certificateId } = devices.add({
        thingName: battery,
        stackName: LOCAL_STACK,
        certificatePem,
        policyNames: [`${LOCAL_STACK}-device`, ...(demoTopics ? [`${LOCAL_STACK}-demo-topics`] : [])],
        nowMs: nowMs(),
      });
      return { ok: true, certificateId, certificatePem, isNew: own === undefined };
    },
    remove: async (battery, certificateId) => {
      const known = thing(battery);
      if (known === undefined) return { ok: false, reason: 'unknown' };
      if (known.stackName !== LOCAL_STACK) return { ok: false, reason: 'not-ours', owner: known.stackName };
      const ids = known.certificates.map((one) => one.certificateId);
      if (certificateId === undefined) {
        devices.removeThing(battery);
        return { ok: true, certificateIds: ids };
      }
      if (!ids.includes(certificateId)) return { ok: false, reason: 'unknown' };
      devices.removeCertificate(certificateId);
      return { ok: true, certificateIds: [certificateId] };
    },
    close: devices.close,
  };
}

const deviceOf = ({ name, stackName, certificates }: LocalThing): Device => ({
  battery: name,
  owner: stackName,
  certificates: certificates.map(certificateOf),
});

const certificateOf = (stored: StoredCertificate): DeviceCertificate => ({
  certificateId: stored.certificateId,
  isActive: stored.isActive,
  createdAtMs: stored.createdAtMs,
  expiresAtMs: Date.parse(new X509Certificate(stored.certificatePem).validTo),
  policyNames: stored.policyNames,
  publicKeyPem: publicKeyOf(stored.certificatePem),
});

const publicKeyOf = (certificatePem: string): string =>
  new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'pem' }).toString();
