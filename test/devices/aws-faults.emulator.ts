/** A run that is cut off between any two of its steps, and then done again. */
import { IoTClient, ListCertificatesCommand } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { ROOT } from '../emulator/root.ts';
import { makePolicies, POLICIES, registryOf, useEmulator } from './aws-registry.ts';
import { registered } from './contract.ts';
import { newDeviceKey } from './device-key.ts';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';

let emulator: Emulator;
let proxy: FaultProxy;
beforeAll(async () => {
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, say: () => {} });
  useEmulator(emulator.url);
  await makePolicies();
  proxy = await faultProxy(emulator.url);
  useEmulator(proxy.url);
});
afterAll(async () => {
  await proxy.close();
  await emulator.end();
});

/** Of the whole account, so that one that nothing leads to is seen too. */
async function certificatesInAccount(): Promise<readonly string[]> {
  const iot = new IoTClient({ endpoint: emulator.url });
  const { certificates = [] } = await iot.send(new ListCertificatesCommand({}));
  iot.destroy();
  return certificates.map(({ certificateId = '' }) => certificateId);
}

/** The requests that it takes undisturbed. */
async function requestsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  proxy.arm(undefined);
  await work();
  return [...proxy.requests];
}

/** Before each request, and behind each that changes something. */
const breaks = (requests: readonly string[]) =>
  requests.flatMap((request, i) => {
    const at = { atRequest: i + 1, forGood: true };
    const isRead = /^GET |^POST \/attached-policies/.test(request);
    return [{ ...at, reached: false }, ...(isRead ? [] : [{ ...at, reached: true }])];
  });

describe('cut off anywhere and done again', () => {
  test('a registration ends with one certificate that may do all it should, and none that nobody knows of', async () => {
    const registry = registryOf('Amphora');
    const first = { battery: 'first', key: await newDeviceKey('first'), demoTopics: true };
    const requests = await requestsOf(() => registry.register(first));
    expect(requests.length).toBeGreaterThanOrEqual(6);
    for (const at of breaks(requests)) {
      const battery = `add-${at.atRequest}-${at.reached}`;
      const key = await newDeviceKey(battery);
      const before = await certificatesInAccount();
      proxy.arm(at);
      await expect(registry.register({ battery, key, demoTopics: true })).rejects.toMatchObject({
        code: 'setting-invalid',
      });
      proxy.arm(undefined);
      const again = { battery, key: { ...key, madeAtMs: Date.now() }, demoTopics: true };
      const { certificateId } = registered(await registry.register(again));
      expect({ at, device: await registry.find(battery) }).toMatchObject({
        at,
        device: {
          certificates: [{ certificateId, isActive: true, policyNames: [POLICIES.demoTopics, POLICIES.device] }],
        },
      });
      const made = (await certificatesInAccount()).filter((id) => !before.includes(id));
      expect({ at, made }).toEqual({ at, made: [certificateId] });
    }
    registry.close();
  }, 300_000);

  test('a removal leaves neither thing nor certificate', async () => {
    const registry = registryOf('Amphora');
    const add = async (battery: string): Promise<void> => {
      for (const key of [await newDeviceKey(battery), await newDeviceKey(battery)])
        registered(await registry.register({ battery, key, demoTopics: false }));
    };
    await add('second');
    const requests = await requestsOf(() => registry.remove('second'));
    const before = await certificatesInAccount();
    for (const at of breaks(requests)) {
      const battery = `remove-${at.atRequest}-${at.reached}`;
      proxy.arm(undefined);
      await add(battery);
      proxy.arm(at);
      await expect(registry.remove(battery)).rejects.toMatchObject({ code: 'setting-invalid' });
      proxy.arm(undefined);
      // Where only the last answer was lost, nothing is left to do.
      const isDone = at.reached && at.atRequest === requests.length;
      expect({ at, ok: (await registry.remove(battery)).ok }).toEqual({ at, ok: !isDone });
      expect({ at, device: await registry.find(battery) }).toEqual({ at, device: undefined });
      expect({ at, left: await certificatesInAccount() }).toEqual({ at, left: before });
    }
    registry.close();
  }, 300_000);

  test('an answer that is lost once is made up for at once, and nothing is there twice', async () => {
    const registry = registryOf('Amphora');
    const key = await newDeviceKey('third');
    const requests = await requestsOf(() => registry.register({ battery: 'third', key, demoTopics: true }));
    await registry.remove('third');
    const before = await certificatesInAccount();
    for (let atRequest = 1; atRequest <= requests.length; atRequest += 1) {
      const battery = `once-${atRequest}`;
      proxy.arm({ atRequest, reached: true, forGood: false });
      const { certificateId } = registered(
        await registry.register({ battery, key: await newDeviceKey(battery), demoTopics: true }),
      );
      const made = (await certificatesInAccount()).filter((id) => !before.includes(id));
      expect({ atRequest, made }).toEqual({ atRequest, made: [certificateId] });
      proxy.arm({ atRequest, reached: true, forGood: false });
      expect(await registry.remove(battery)).toEqual({ ok: true, certificateIds: [certificateId] });
      expect(await certificatesInAccount()).toEqual(before);
    }
    registry.close();
  }, 120_000);

  test.each([
    ['certificate', { matching: /^DELETE \/certificates\//, times: 2, status: 409, type: 'DeleteConflictException' }],
    ['thing', { matching: /^DELETE \/things\/[^/]+$/, times: 2, status: 400, type: 'InvalidRequestException' }],
  ])('a %s that AWS takes for attached a while longer is deleted all the same', async (_what, refusal) => {
    const registry = registryOf('Amphora');
    proxy.arm(undefined);
    registered(await registry.register({ battery: 'slow', key: await newDeviceKey('slow'), demoTopics: false }));
    proxy.refuse(refusal);
    expect((await registry.remove('slow')).ok).toBe(true);
    expect(await registry.find('slow')).toBeUndefined();
    expect(proxy.requests.filter((request) => refusal.matching.test(request))).toHaveLength(3);
    registry.close();
  });
});
