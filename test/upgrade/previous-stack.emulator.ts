/** From the previous commit's stack to this one's, in the emulator: what was stored and what was kept is there, and back again. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { get, post } from '../emulator/http.ts';
import { stackOutputs } from '../emulator/outputs.ts';
import { queueDepth, takeMessages } from '../emulator/queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import { connectDevice } from '../end-to-end/devices.ts';
import { until } from '../end-to-end/until.ts';
import { previousVersion } from './previous.ts';

const HOOK_MS = 180_000;
const TEST_MS = 240_000;
const MINUTE_MS = 60_000;
const BAD = '{"soc": "high"}';

const previous = await previousVersion();
// Jest names no test of a file that it skips whole.
if (!previous.ok) process.stdout.write(`upgrade: the previous stack is not tested, for ${previous.reason}\n`);
const title = previous.ok ? `the stack of ${previous.title}` : `not tested, for ${previous.reason}: its stack`;

(previous.ok ? describe : describe.skip)(title, () => {
  let emulator: RunningEmulator;
  let stack: RunningStack;
  let before: Readonly<Record<string, string>> = {};
  const fromMs = Math.floor(Date.now() / 1000) * 1000 - 10 * MINUTE_MS;

  beforeAll(async () => {
    emulator = await startEmulator();
  }, HOOK_MS);
  afterAll(() => emulator?.end());

  /** By its own script, as its users did. */
  async function deployPrevious(): Promise<string> {
    const { PATH = '/usr/bin:/bin', EMULATOR_PYTHON = '', INFLUXD_BIN = '', TMPDIR = '/tmp' } = process.env;
    const { url, token } = emulator.influxd;
    const { stdout } = await promisify(execFile)(process.execPath, ['scripts/deploy-local.ts', '--influx-url', url], {
      cwd: previous.ok ? previous.root : '',
      timeout: TEST_MS,
      env: {
        PATH: `${dirname(process.execPath)}:${PATH}`,
        HOME: TMPDIR,
        TMPDIR,
        EMULATOR_PYTHON,
        INFLUXD_BIN,
        AWS_ENDPOINT_URL: emulator.url,
        INFLUX_ADMIN_TOKEN: token,
      },
    });
    return /^ +API +(http\S+)$/m.exec(stdout)?.[1] ?? '';
  }

  const send = async (apiUrl: string, minute: number): Promise<void> => {
    const sample = { timestamp: fromMs + minute * MINUTE_MS, soc: 50 + minute };
    expect((await post(apiUrl, '/batteries/boat/telemetry', sample)).status).toBe(202);
  };
  const socs = async (apiUrl: string): Promise<readonly unknown[]> => {
    const { body } = await get(apiUrl, '/read?shape=wide&battery=boat&begin=-1h');
    return Array.isArray(body) ? body.map(({ soc }) => soc) : [];
  };
  /** The originals in quarantine; none where a version has no such route. */
  const quarantined = async (apiUrl: string): Promise<readonly unknown[]> => {
    const { body } = await get(apiUrl, '/quarantine');
    const entries = Array.isArray(body) ? body : [];
    return Promise.all(entries.map(async ({ id }) => (await get(apiUrl, `/quarantine/${id}`)).body['original']));
  };
  const stored = (apiUrl: string, count: number): Promise<unknown> =>
    until(`${count} readings`, async () => (await socs(apiUrl)).length === count);

  test(
    'takes readings, and keeps what is none',
    async () => {
      const apiUrl = await deployPrevious();
      for (const minute of [0, 1, 2]) await send(apiUrl, minute);
      expect((await post(apiUrl, '/writeCharge', { charge: 7 })).status).toBe(200);
      await stored(apiUrl, 3);
      const device = await connectDevice(`ws://127.0.0.1:${emulator.port}/mqtt`, {
        wsOptions: { headers: { host: emulator.mqttHost } },
      });
      await device.publish('battery/boat/telemetry', BAD);
      await device.end();
      before = await stackOutputs(emulator.url);
      const { UnwrittenReadingsUrl = '' } = before;
      // Older versions put it into the queue.
      await until(
        'the kept message',
        async () =>
          (await queueDepth(emulator.url, UnwrittenReadingsUrl)) === 1 || (await quarantined(apiUrl)).length === 1,
      );
    },
    TEST_MS,
  );

  test(
    'becomes this one: the old readings are read, new ones come beside them, and nothing that holds data was made anew',
    async () => {
      stack = await emulator.deploy();
      const after = await stackOutputs(emulator.url);
      for (const name of [
        'UnwrittenReadingsUrl',
        'UndeliveredMessagesUrl',
        'InfluxWriteSecretArn',
        'InfluxReadSecretArn',
        ...('QuarantineBucketName' in before ? ['QuarantineBucketName'] : []),
      ])
        expect({ name, is: after[name] }).toEqual({ name, is: before[name] });
      // Whoever has typed the address into a script has it still.
      expect(after['ApiUrl']).toBe(before['ApiUrl']);
      expect(await socs(stack.apiUrl)).toEqual([50, 51, 52]);
      expect((await get(stack.apiUrl, '/livedata')).body['charge']).toBe(7);
      const kept = await takeMessages(emulator.url, stack.queueUrls.unwritten);
      const originals = [...kept.map(({ original }) => original), ...(await quarantined(stack.apiUrl))];
      expect(originals.map((original) => atob(String(original)))).toEqual([BAD]);
      await send(stack.apiUrl, 3);
      await stored(stack.apiUrl, 4);
    },
    TEST_MS,
  );

  test(
    'comes back when it is deployed again, with the readings of both',
    async () => {
      const apiUrl = await deployPrevious();
      expect(await stackOutputs(emulator.url)).toMatchObject(before);
      expect(await socs(apiUrl)).toEqual([50, 51, 52, 53]);
      await send(apiUrl, 4);
      await stored(apiUrl, 5);
    },
    TEST_MS,
  );
});
