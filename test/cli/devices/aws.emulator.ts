/** The three commands at a stack that was deployed into MiniStack. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateThingCommand, DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { type FaultProxy, faultProxy } from '../../devices/fault-proxy.ts';
import { type RunningEmulator, startEmulator } from '../../emulator/running.ts';
import { folderOfTest } from '../folder-of-test.ts';
import { type Ran, runCli } from '../run-cli.ts';
import { listeningFor } from './waiting.ts';

jest.setTimeout(120_000);

const REGION = 'us-east-1';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const STACK = ['--stack', 'Amphora', '--region', REGION];

let emulator: RunningEmulator;
let proxy: FaultProxy;
const folder = folderOfTest();
beforeAll(async () => {
  emulator = await startEmulator();
  proxy = await faultProxy(emulator.url);
  await emulator.deploy();
  await emulator.deploy({ stackName: 'Boat', bucket: 'boat', topicRoot: 'boat' });
});
afterAll(async () => {
  await proxy.close();
  await emulator.end();
});

const env = (): Readonly<Record<string, string>> => ({ AWS_ENDPOINT_URL: emulator.url, ...CREDENTIALS });
const run = (words: readonly string[], more: Readonly<Record<string, string>> = env()): Promise<Ran> =>
  runCli(folder.path, words, more);
const add = (battery: string, ...words: readonly string[]): readonly string[] => [
  'add-battery',
  battery,
  ...STACK,
  '--wait',
  '0',
  '--json',
  ...words,
];

async function inIot<T>(use: (iot: IoTClient) => Promise<T>): Promise<T> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = CREDENTIALS;
  const iot = new IoTClient({ endpoint: emulator.url, region: REGION, credentials: { accessKeyId, secretAccessKey } });
  try {
    return await use(iot);
  } finally {
    iot.destroy();
  }
}

describe('a battery at a stack', () => {
  test('has the rights of the stack’s policies, and the endpoint and the roots of AWS', async () => {
    const { code, out } = await run(add('default', '--demo-topics'));
    const result = JSON.parse(out);
    const { endpointAddress = '' } = await inIot((iot) => iot.send(new DescribeEndpointCommand({})));
    expect({ code, result }).toMatchObject({
      code: 0,
      result: { at: 'Amphora', isNew: true, broker: { host: endpointAddress.replace(/:\d+$/, ''), port: 8883 } },
    });
    expect(result.remarks).toEqual([expect.stringContaining('this is an emulator')]);
    expect(readFileSync(result.files.ca, 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const listed = await run(['list-batteries', ...STACK, '--json']);
    expect(JSON.parse(listed.out).batteries).toMatchObject([
      {
        battery: 'default',
        owner: 'Amphora',
        certificates: [{ isActive: true, policies: ['Amphora-demo-topics', 'Amphora-device'] }],
      },
    ]);
  });

  test('is heard by its owner: the first message comes over a signed WebSocket, and is judged', async () => {
    const adding = await listeningFor(folder, ['garage', ...STACK, '--json'], env());
    const device = await connectAsync(`ws://127.0.0.1:${emulator.port}/mqtt`, {
      protocolVersion: 4,
      wsOptions: { headers: { host: emulator.mqttHost } },
    });
    await device.publishAsync('battery/garage/telemetry', '{"power":1.5,"soc":80}', { qos: 1 });
    await device.endAsync();
    const { code, out } = await adding.done;
    expect({ code, firstMessage: JSON.parse(out).firstMessage }).toMatchObject({
      code: 0,
      firstMessage: { topic: 'battery/garage/telemetry', fields: { charge: 1.5, soc: 80 }, stored: 'wholly' },
    });
  });

  test('sends its key to nobody', async () => {
    proxy.arm(undefined);
    const { code, out } = await run(add('secret'), { ...env(), AWS_ENDPOINT_URL: proxy.url });
    expect(code).toBe(0);
    const pem = readFileSync(JSON.parse(out).files.key, 'utf8');
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
    // PKCS #8 of a P-256 key: the private number is the 32 bytes behind the 36th.
    const secret = der.subarray(36, 68);
    expect(proxy.bodies.some((body) => body.includes('CERTIFICATE REQUEST'))).toBe(true);
    for (const body of proxy.bodies) {
      expect(body).not.toContain('PRIVATE KEY');
      const blobs = body.match(/[A-Za-z0-9+/=\\n]{40,}/g) ?? [];
      for (const blob of blobs) expect(Buffer.from(blob.replaceAll('\\n', ''), 'base64').includes(secret)).toBe(false);
    }
  });

  test('is registered wholly by the same command again, wherever the first one was cut off', async () => {
    proxy.arm(undefined);
    await run(add('whole'), { ...env(), AWS_ENDPOINT_URL: proxy.url });
    const changing = proxy.requests.flatMap((request, i) =>
      /^(PUT|POST) \/(things|cert|target)/.test(request) ? [i + 1] : [],
    );
    expect(changing).toHaveLength(4);
    for (const atRequest of changing) {
      const battery = `cut-${atRequest}`;
      proxy.arm({ atRequest, reached: true, forGood: true });
      const cut = await run(add(battery), { ...env(), AWS_ENDPOINT_URL: proxy.url });
      expect({ code: cut.code, err: cut.err }).toEqual({
        code: 2,
        err: expect.stringMatching(/^amphora: AWS could not /),
      });
      const again = await run(add(battery));
      const { certificateId } = JSON.parse(again.out);
      const listed = await run(['list-batteries', ...STACK, '--json']);
      const { batteries } = JSON.parse(listed.out);
      expect(batteries.find((one: { readonly battery: string }) => one.battery === battery)).toMatchObject({
        certificates: [{ certificateId, isActive: true, policies: ['Amphora-device'] }],
      });
      expect(readdirSync(join(folder.path, `${battery}-device`))).toHaveLength(4);
    }
  });

  test('is removed with its certificates, and may be added again', async () => {
    await run(add('gone'));
    const { code, out } = await run(['remove-battery', 'gone', ...STACK]);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('within a few minutes. Its stored readings stay.'),
    });
    expect((await run(['remove-battery', 'gone', ...STACK])).code).toBe(1);
    rmSync(join(folder.path, 'gone-device'), { recursive: true });
    expect((await run(add('gone'))).code).toBe(0);
  });

  test('of another stack is refused by name, listed with --all only, and not removed', async () => {
    expect((await run(add('mast').map((word) => (word === 'Amphora' ? 'Boat' : word)))).code).toBe(0);
    for (const words of [add('mast', '--out', 'other'), ['remove-battery', 'mast', ...STACK]]) {
      const { code, err } = await run(words);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining('is registered by the stack Boat; take another id'),
      });
    }
    const names = async (...words: readonly string[]): Promise<readonly string[]> =>
      JSON.parse((await run(['list-batteries', ...STACK, '--json', ...words])).out).batteries.map(
        ({ battery, owner }: { readonly battery: string; readonly owner: string }) => `${battery} of ${owner}`,
      );
    expect(await names()).not.toContain('mast of Boat');
    expect(await names('--all')).toContain('mast of Boat');
  });

  test('that AWS IoT knows as something else is left alone', async () => {
    await inIot((iot) => iot.send(new CreateThingCommand({ thingName: 'fridge' })));
    const { code, err } = await run(add('fridge'));
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining("a thing 'fridge' that was not made by Amphora"),
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('what is wrong with the way to AWS', () => {
  const silent = { AWS_EC2_METADATA_DISABLED: 'true' };
  test.each([
    [
      'no such stack',
      ['--stack', 'Nowhere', '--region', REGION],
      () => env(),
      'there is no stack Nowhere in region us-east-1',
    ],
    ['no region', ['--stack', 'Amphora'], () => ({ ...env(), ...silent }), 'give --region'],
    [
      'no credentials',
      STACK,
      () => ({ AWS_ENDPOINT_URL: emulator.url, ...silent }),
      'there are no AWS credentials here',
    ],
    [
      'nothing that answers',
      STACK,
      () => ({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', ...CREDENTIALS }),
      'nothing answers',
    ],
  ])(
    '%s is told in a sentence with the next step, and nothing is made',
    async (_what, place, surroundings, sentence) => {
      for (const words of [
        ['add-battery', 'garage', '--wait', '0'],
        ['list-batteries'],
        ['remove-battery', 'garage'],
      ]) {
        const { code, err } = await run([...words, ...place], surroundings());
        expect({ words, code, err }).toEqual({ words, code: 2, err: expect.stringContaining(sentence) });
        expect(err).toMatch(/^amphora: [^\n]+\n$/);
      }
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );
});
