import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { batterySample } from '../../lambdas/batteries/battery-model.ts';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { folderOfTest } from './folder-of-test.ts';
import { runCli, startCli } from './run-cli.ts';
import { type TestBroker, testBroker } from './test-broker.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);

const folder = folderOfTest();
let broker: TestBroker;
beforeEach(async () => {
  broker = await testBroker();
});
afterEach(() => broker.close());

const words = (...more: readonly string[]): readonly string[] => [
  'simulate',
  '--battery',
  'b2',
  '--mqtt-url',
  broker.url,
  ...more,
];

describe('simulate', () => {
  test("it publishes the model's samples on the grid of the period, numbered within its start", async () => {
    const { code, out } = await runCli(folder.path, words('--period', '50ms', '--seed', '7', '--count', '5', '--json'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toStrictEqual({ battery: 'b2', sent: 5, acked: 5 });
    expect(broker.messages).toHaveLength(5);
    const boots = new Set<unknown>();
    broker.messages.forEach(({ topic, qos, text }, i) => {
      const { timestamp, seq, boot, ...sample } = JSON.parse(text);
      const atMs = Date.parse(timestamp);
      expect({ topic, qos, seq }).toStrictEqual({ topic: 'battery/b2/telemetry', qos: 1, seq: i + 1 });
      expect(atMs % 50).toBe(0);
      expect(sample).toStrictEqual(batterySample(7, atMs));
      expect(parseReading(JSON.parse(text), { receivedAtMs: atMs })).toMatchObject({
        ok: true,
        reading: { rejections: [] },
      });
      boots.add(boot);
    });
    expect(boots.size).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it cleanly, with all samples acknowledged', async (signal) => {
    const running = startCli(folder.path, words('--period', '20ms', '--json'));
    await broker.received(3);
    running.child.kill(signal);
    const { code, out } = await running.done;
    const { sent, acked } = JSON.parse(out);
    expect(code).toBe(0);
    expect(acked).toBe(sent);
    expect(broker.messages).toHaveLength(sent);
  });

  test('it goes on by itself after the broker was away, and nothing is missing', async () => {
    const running = startCli(folder.path, words('--period', '20ms', '--count', '40', '--json'));
    await broker.received(5);
    await broker.goAway();
    await broker.comeBack();
    const { code, out } = await running.done;
    expect({ code, result: JSON.parse(out) }).toStrictEqual({
      code: 0,
      result: { battery: 'b2', sent: 40, acked: 40 },
    });
    const numbers = new Set(broker.messages.map(({ text }) => JSON.parse(text).seq));
    expect(numbers.size).toBe(40);
  });

  test('where every connection is closed at the first reading, it ends, and says what may be wanted there', async () => {
    broker.refuse();
    const { code, err } = await runCli(folder.path, words('--period', '20ms'));
    expect(code).toBe(1);
    expect(err).toMatch(
      /closes it at the first reading: it may want device certificates \(--device-auth\) or a password; name the running Amphora with --data\n$/,
    );
  });

  test('without a server it exits with 2 and says what to type', async () => {
    await broker.goAway();
    const { code, err } = await runCli(folder.path, words());
    expect({ code, err }).toStrictEqual({
      code: 2,
      err: expect.stringContaining('start Amphora with ./amphora start'),
    });
  });
});
