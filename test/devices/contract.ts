/** The laws of the port of device registries, run by each adapter's test. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeviceKey, DeviceRegistry, Registration } from '../../lambdas/batteries/device-registry.ts';
import { certificateIdOf } from '../../local/devices/device-database.ts';
import { newDeviceKey } from './device-key.ts';

export type Adapter = {
  readonly registry: DeviceRegistry;
  /** Registers the battery for another stack, whose name it gives. */
  readonly byAnother: (battery: string) => Promise<string>;
  readonly policies: { readonly device: string; readonly demoTopics: string };
  readonly setInactive: (certificateId: string) => Promise<void>;
  readonly end: () => Promise<void>;
};

export function deviceRegistryContract(name: string, open: () => Promise<Adapter>): void {
  describe(`${name}, as every registry of devices`, () => {
    let adapter: Adapter;
    beforeAll(async () => {
      adapter = await open();
    });
    afterAll(() => adapter.end());

    const add = async (battery: string, key: DeviceKey, demoTopics = false) =>
      registered(await adapter.registry.register({ battery, key, demoTopics }));

    test('a certificate is for the very key that asked, is named by its hash, active, and may do what the policy says', async () => {
      const key = await newDeviceKey('garage');
      const made = await add('garage', key);
      const certificate = new X509Certificate(made.certificatePem);
      expect(made.certificateId).toBe(certificateIdOf(certificate.raw));
      expect(made.isNew).toBe(true);
      expect(await adapter.registry.find('garage')).toEqual({
        battery: 'garage',
        owner: adapter.registry.owner,
        certificates: [
          {
            certificateId: made.certificateId,
            isActive: true,
            createdAtMs: expect.any(Number),
            expiresAtMs: Date.parse(certificate.validTo),
            policyNames: [adapter.policies.device],
            publicKeyPem: key.publicKeyPem,
          },
        ],
      });
    });

    test('the same key registered again keeps its certificate', async () => {
      const key = await newDeviceKey('again');
      const first = await add('again', key);
      const second = await add('again', { ...key, madeAtMs: Date.now() });
      expect(second).toEqual({ ...first, isNew: false });
      expect((await adapter.registry.find('again'))?.certificates).toHaveLength(1);
    });

    test('another key is another certificate, and the first goes on', async () => {
      const first = await add('two', await newDeviceKey('two'));
      const second = await add('two', await newDeviceKey('two'));
      const certificates = (await adapter.registry.find('two'))?.certificates ?? [];
      const active = certificates.filter(({ isActive }) => isActive).map(({ certificateId }) => certificateId);
      expect(active.toSorted()).toEqual([first.certificateId, second.certificateId].toSorted());
    });

    test("the original demo's topics come with a policy of their own, later too", async () => {
      const key = await newDeviceKey('default');
      await add('default', key);
      await add('default', { ...key, madeAtMs: Date.now() }, true);
      const [certificate] = (await adapter.registry.find('default'))?.certificates ?? [];
      expect(certificate?.policyNames.toSorted()).toEqual(
        [adapter.policies.demoTopics, adapter.policies.device].toSorted(),
      );
    });

    test('a certificate that was switched off stays off', async () => {
      const key = await newDeviceKey('off');
      const { certificateId } = await add('off', key);
      await adapter.setInactive(certificateId);
      const again = { battery: 'off', key: { ...key, madeAtMs: Date.now() }, demoTopics: false };
      expect(await adapter.registry.register(again)).toEqual({ ok: false, reason: 'inactive', certificateId });
      expect((await adapter.registry.find('off'))?.certificates[0]?.isActive).toBe(false);
    });

    test('one certificate can be removed and the others stay', async () => {
      const lost = await add('lost', await newDeviceKey('lost'));
      const kept = await add('lost', await newDeviceKey('lost'));
      expect(await adapter.registry.remove('lost', lost.certificateId)).toEqual({
        ok: true,
        certificateIds: [lost.certificateId],
      });
      const left = (await adapter.registry.find('lost'))?.certificates ?? [];
      expect(left.map(({ certificateId, isActive }) => [certificateId, isActive])).toEqual([
        [kept.certificateId, true],
      ]);
      expect(await adapter.registry.remove('lost', lost.certificateId)).toEqual({ ok: false, reason: 'unknown' });
    });

    test('a removed battery is gone with all its certificates, and its id is free again', async () => {
      const first = await add('gone', await newDeviceKey('gone'));
      const second = await add('gone', await newDeviceKey('gone'), true);
      const removal = await adapter.registry.remove('gone');
      expect(removal.ok ? removal.certificateIds.toSorted() : removal).toEqual(
        [first.certificateId, second.certificateId].toSorted(),
      );
      expect(await adapter.registry.find('gone')).toBeUndefined();
      expect(await adapter.registry.remove('gone')).toEqual({ ok: false, reason: 'unknown' });
      expect((await add('gone', await newDeviceKey('gone'))).isNew).toBe(true);
    });

    test('what is not there is not found, and is not made by asking', async () => {
      expect(await adapter.registry.find('nobody')).toBeUndefined();
      expect(await adapter.registry.remove('nobody')).toEqual({ ok: false, reason: 'unknown' });
      expect((await adapter.registry.list('all')).map(({ battery }) => battery)).not.toContain('nobody');
    });

    test('the list is by battery, and tells the same as a look at each', async () => {
      await add('list-b', await newDeviceKey('list-b'));
      await add('list-a', await newDeviceKey('list-a'));
      const listed = (await adapter.registry.list('own')).filter(({ battery }) => battery.startsWith('list-'));
      expect(listed.map(({ battery }) => battery)).toEqual(['list-a', 'list-b']);
      expect(listed[0]).toEqual(await adapter.registry.find('list-a'));
    });

    test("another stack's battery is named with its owner, and neither registered nor removed", async () => {
      const owner = await adapter.byAnother('next-door');
      const { registry } = adapter;
      const refused = { ok: false, reason: 'not-ours', owner };
      const key = await newDeviceKey('next-door');
      expect(await registry.register({ battery: 'next-door', key, demoTopics: false })).toEqual(refused);
      expect(await registry.remove('next-door')).toEqual(refused);
      expect(await registry.find('next-door')).toMatchObject({ owner, certificates: [{ isActive: true }] });
      expect((await registry.list('own')).map(({ battery }) => battery)).not.toContain('next-door');
      expect((await registry.list('all')).map(({ battery }) => battery)).toContain('next-door');
    });
  });
}

export function registered(registration: Registration): Registration & { readonly ok: true } {
  if (!registration.ok) throw new Error(`not registered: ${registration.reason}`);
  return registration;
}
