/** A key made now, as ./amphora add-battery makes one. */
import type { DeviceKey } from '../../lambdas/batteries/device-registry.ts';
import { certificateRequestPem, newKeyPair, publicKeyPem } from '../../local/devices/key-pair.ts';

export async function newDeviceKey(name: string): Promise<DeviceKey> {
  const keys = await newKeyPair();
  return {
    requestPem: await certificateRequestPem(keys, name),
    publicKeyPem: await publicKeyPem(keys),
    madeAtMs: undefined,
  };
}
