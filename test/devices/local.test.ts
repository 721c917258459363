import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../../local/devices/authority.ts';
import { openDevices } from '../../local/devices/device-database.ts';
import { localDeviceRegistry } from '../../local/devices/device-registry.ts';
import { type Adapter, deviceRegistryContract } from './contract.ts';
import { newDeviceKey } from './device-key.ts';

async function open(): Promise<Adapter> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-devices-'));
  const file = (name: string): string => join(folder, name);
  const registry = await localDeviceRegistry({ file }, Date.now);
  return {
    registry,
    // No folder has two stacks today; its format has room for them.
    byAnother: async (battery) => {
      const authority = await openAuthority({ file });
      const { requestPem } = await newDeviceKey(battery);
      const devices = openDevices(file('devices.sqlite'));
      devices.add({
        thingName: battery,
        stackName: 'Neighbour',
        certificatePem: await authority.sign(requestPem, { commonName: battery, nowMs: Date.now() }),
        policyNames: ['Neighbour-device'],
        nowMs: Date.now(),
      });
      devices.close();
      return 'Neighbour';
    },
    policies: { device: 'Amphora-device', demoTopics: 'Amphora-demo-topics' },
    // By another process: here another connection.
    setInactive: async (certificateId) => {
      const devices = openDevices(file('devices.sqlite'));
      devices.setActive(certificateId, false);
      devices.close();
    },
    end: async () => {
      registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

deviceRegistryContract('the data folder', open);
