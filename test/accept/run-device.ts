/** A device of this run: a thing with a certificate, whose key is made here, and which is taken away at the end. */
import { afterAll } from '@jest/globals';
import { awsDeviceRegistry } from '../../cloud/device-registry.ts';
import type { DeviceRegistry } from '../../lambdas/batteries/device-registry.ts';
import { certificateRequestPem, newKeyPair, privateKeyPem, publicKeyPem } from '../../local/devices/key-pair.ts';
import { own, RUN } from './run.ts';

export type RunDevice = {
  /** The thing, the battery and the client. */
  readonly id: string;
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly certificateId: string;
};

// AWS IoT may need minutes until a detached policy lets go of its certificate.
const REMOVE_PATIENCE_MS = 420_000;

let registry: DeviceRegistry | undefined;
const made = new Set<string>();

afterAll(async () => {
  for (const id of made) await registry?.remove(id);
  registry?.close();
}, REMOVE_PATIENCE_MS);

export async function runDevice(name: string, { demoTopics = false } = {}): Promise<RunDevice> {
  registry ??= awsDeviceRegistry(RUN);
  const id = own(name);
  const keys = await newKeyPair();
  const key = {
    requestPem: await certificateRequestPem(keys, id),
    publicKeyPem: await publicKeyPem(keys),
    madeAtMs: undefined,
  };
  made.add(id);
  const registered = await registry.register({ battery: id, key, demoTopics });
  if (!registered.ok) throw new Error(`the thing ${id} cannot be registered: ${registered.reason}`);
  return {
    id,
    keyPem: await privateKeyPem(keys),
    certificatePem: registered.certificatePem,
    certificateId: registered.certificateId,
  };
}

export async function removeDevice({ id }: RunDevice): Promise<void> {
  await registry?.remove(id);
  made.delete(id);
}
