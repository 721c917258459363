import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { openAuthority } from '../../../local/devices/authority.ts';
import {
  certificateIdOf,
  type LocalDevices,
  type NewDevice,
  openDevices,
} from '../../../local/devices/device-database.ts';
import { newDeviceKey } from '../../devices/device-key.ts';
import { inTempFolder } from '../temp-folder.ts';

const inRegistry = (use: (devices: LocalDevices, file: string, folder: string) => Promise<void>): Promise<void> =>
  inTempFolder(async (folder) => {
    const file = join(folder, 'devices.sqlite');
    const devices = openDevices(file);
    try {
      await use(devices, file, folder);
    } finally {
      devices.close();
    }
  });

async function newDevice(folder: string, thingName: string): Promise<NewDevice> {
  const { sign } = await openAuthority({ file: (name) => join(folder, name) });
  const nowMs = Date.now();
  const certificatePem = await sign((await newDeviceKey(thingName)).requestPem, { commonName: thingName, nowMs });
  return { thingName, stackName: 'Amphora', certificatePem, policyNames: ['Amphora-device'], nowMs };
}

describe('devices.sqlite', () => {
  test('is its owner’s alone to read', () =>
    inRegistry(async (_devices, file) => {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }));

  test('a certificate is found by the hash that TLS can compute of it', () =>
    inRegistry(async (devices, _file, folder) => {
      const device = await newDevice(folder, 'garage');
      const { certificateId } = devices.add(device);
      const { raw, fingerprint256 } = new X509Certificate(device.certificatePem);
      expect(certificateId).toBe(certificateIdOf(raw));
      expect(certificateId).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
      expect(devices.certificate(certificateId)).toEqual({
        certificateId,
        isActive: true,
        thingName: 'garage',
        policyNames: ['Amphora-device'],
      });
      expect(devices.certificate('0'.repeat(64))).toBeUndefined();
    }));

  test('every change of another connection is seen, and changes the version', () =>
    inRegistry(async (devices, file, folder) => {
      const other = openDevices(file);
      const { certificateId } = other.add(await newDevice(folder, 'garage'));
      const versions = [devices.version()];
      expect(devices.certificate(certificateId)?.isActive).toBe(true);
      other.setActive(certificateId, false);
      versions.push(devices.version());
      expect(devices.certificate(certificateId)?.isActive).toBe(false);
      other.removeThing('garage');
      versions.push(devices.version());
      expect(devices.certificate(certificateId)).toBeUndefined();
      other.close();
      expect(new Set([0, ...versions]).size).toBe(4);
    }));

  test('what fails half-way leaves nothing of itself', () =>
    inRegistry(async (devices, file, folder) => {
      const device = await newDevice(folder, 'garage');
      const trap = new DatabaseSync(file);
      trap.exec("CREATE TRIGGER trap BEFORE INSERT ON policy BEGIN SELECT RAISE(ABORT, 'full'); END");
      expect(() => devices.add(device)).toThrow('full');
      expect(devices.things()).toEqual([]);
      trap.exec('DROP TRIGGER trap');
      trap.close();
      devices.add(device);
      expect(devices.things()).toHaveLength(1);
    }));

  test('two threads that open a new file and add at once both get through', () =>
    inTempFolder(async (folder) => {
      const file = join(folder, 'devices.sqlite');
      const devices = await Promise.all(['a', 'b'].map((name) => newDevice(folder, name)));
      const source = `import { workerData } from 'node:worker_threads';
        const { openDevices } = await import(workerData.module);
        const devices = openDevices(workerData.file);
        for (let i = 0; i < 20; i++) devices.add({ ...workerData.device, policyNames: [String(i)] });
        devices.close();`;
      const module = join(import.meta.dirname, '..', '..', '..', 'local', 'devices', 'device-database.ts');
      const threads = devices.map(
        (device) =>
          new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
            workerData: { module: `file://${module}`, file, device },
          }),
      );
      const codes = await Promise.all(threads.map(async (thread) => (await once(thread, 'exit'))[0]));
      const opened = openDevices(file);
      const policies = opened.things().map(({ certificates }) => certificates[0]?.policyNames.length);
      opened.close();
      expect({ codes, policies }).toEqual({ codes: [0, 0], policies: [20, 20] });
    }));

  test('a file of a newer format is refused, and so is one that is no database', () =>
    inTempFolder(async (folder) => {
      const newer = join(folder, 'newer.sqlite');
      const db = new DatabaseSync(newer);
      db.exec('PRAGMA user_version = 99');
      db.close();
      expect(() => openDevices(newer)).toThrow(
        /was written by a newer Amphora \(format 99; .* Nothing was changed; use that one/,
      );
      expect(() => openDevices(folder)).toThrow('cannot be opened');
    }));
});
