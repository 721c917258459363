import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { ROOT } from '../emulator/root.ts';
import { makePolicies, POLICIES, registryOf, switchOff, useEmulator } from './aws-registry.ts';
import { type Adapter, deviceRegistryContract } from './contract.ts';
import { newDeviceKey } from './device-key.ts';

async function open(): Promise<Adapter> {
  const emulator: Emulator = await startEmulatorProcess({ root: ROOT, port: 0, say: () => {} });
  useEmulator(emulator.url);
  await makePolicies();
  const registry = registryOf('Amphora');
  return {
    registry,
    policies: POLICIES,
    byAnother: async (battery) => {
      const neighbour = registryOf('Neighbour');
      await neighbour.register({ battery, key: await newDeviceKey(battery), demoTopics: false });
      neighbour.close();
      return neighbour.owner;
    },
    setInactive: switchOff,
    end: async () => {
      registry.close();
      await emulator.end();
    },
  };
}

deviceRegistryContract('AWS IoT (in MiniStack)', open);
