import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parseMessage } from '../../lambdas/telemetry/parse-message.ts';
import type { Incoming } from '../../local/delivery.ts';
import { startDemo } from '../../local/demo-battery.ts';
import { recordedLog } from './recorded-log.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0, 400);
const PERIOD_MS = 1_000;

type Setup = { readonly mayRun?: () => Promise<boolean>; readonly deliver?: (message: Incoming) => Promise<void> };

function start({ mayRun = async () => true, deliver }: Setup = {}) {
  const delivered: Incoming[] = [];
  const published: { readonly topic: string; readonly payload: Buffer; readonly qos: number }[] = [];
  const { log, logged } = recordedLog();
  const demo = startDemo({
    topicRoot: 'battery',
    clientId: 'secret-client',
    deliver: async (message) => {
      await deliver?.(message);
      delivered.push(message);
    },
    publish: async (message) => void published.push(message),
    mayRun,
    nowMs: () => jest.now(),
    log,
  });
  return { demo, delivered, published, logged };
}

const settled = async (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

async function seconds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    jest.advanceTimersByTime(PERIOD_MS);
    await settled();
  }
}

const samplesOf = ({ payload }: Incoming): readonly { readonly timestamp: string }[] => {
  const message = JSON.parse(payload.toString('utf8'));
  return message.samples ?? [message];
};

describe('the simulated battery', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('sends nothing at all where it may not run from the start', async () => {
    const { demo, delivered } = start({ mayRun: async () => false });
    await settled();
    await seconds(3);
    await demo.stop();
    expect(delivered).toEqual([]);
  });

  test('begins with its last hour, as one message that the writer takes', async () => {
    const { demo, delivered } = start();
    await settled();
    await demo.stop();
    const [first] = delivered;
    if (first === undefined) throw new Error('nothing was delivered');
    const samples = samplesOf(first);
    expect(samples).toHaveLength(360);
    expect(samples[0]?.timestamp).toBe('2026-11-23T11:00:00.000Z');
    expect(samples.at(-1)?.timestamp).toBe('2026-11-23T11:59:50.000Z');
    const message = parseMessage({ samples }, { receivedAtMs: NOW_MS });
    expect(message.ok && message.readings.every((one) => one.ok && one.reading.rejections.length === 0)).toBe(true);
  });

  test('sends a sample a second, on whole seconds, under its own topic and client, also to subscribers', async () => {
    const { demo, delivered, published } = start();
    await settled();
    await seconds(3);
    await demo.stop();
    const times = delivered
      .slice(1)
      .flatMap(samplesOf)
      .map(({ timestamp }) => timestamp);
    expect(times).toEqual(['2026-11-23T12:00:01.000Z', '2026-11-23T12:00:02.000Z', '2026-11-23T12:00:03.000Z']);
    expect(
      delivered.every(({ topic, clientId }) => topic === 'battery/demo/telemetry' && clientId === 'secret-client'),
    ).toBe(true);
    expect(published.map(({ payload }) => payload)).toEqual(delivered.map(({ payload }) => payload));
    expect(published.every(({ qos }) => qos === 0)).toBe(true);
  });

  test('ends by itself when it may not run any more', async () => {
    let isAlone = true;
    const { demo, delivered } = start({ mayRun: async () => isAlone });
    await settled();
    await seconds(2);
    isAlone = false;
    await seconds(3);
    isAlone = true;
    await seconds(3);
    expect(delivered).toHaveLength(3);
    await demo.stop();
  });

  test('sends nothing after a stop, which waits for what is under way', async () => {
    let release = (): void => undefined;
    let isHeld = false;
    const { demo, delivered } = start({
      deliver: async () => {
        if (isHeld) await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await settled();
    isHeld = true;
    await seconds(1);
    let isStopped = false;
    const stop = demo.stop().then(() => {
      isStopped = true;
    });
    await settled();
    expect(isStopped).toBe(false);
    release();
    await stop;
    await seconds(3);
    expect(delivered).toHaveLength(2);
  });

  test('a database that cannot be asked, or a delivery that fails, ends nothing: it goes on a second later', async () => {
    let fails = 2;
    const failing = async (): Promise<void> => {
      if (fails-- > 0) throw new Error('database is locked');
    };
    const asking = start({ mayRun: async () => failing().then(() => true) });
    await settled();
    await seconds(4);
    await asking.demo.stop();
    expect(asking.delivered).toHaveLength(3);
    expect(asking.logged.map(({ event, fields }) => [event, fields['reason']])).toEqual([
      ['demo-sample-failed', 'database is locked'],
      ['demo-sample-failed', 'database is locked'],
    ]);
    fails = 2;
    const delivering = start({ deliver: failing });
    await settled();
    await seconds(4);
    await delivering.demo.stop();
    // Its last hour and the first second failed.
    expect(delivering.delivered).toHaveLength(3);
  });
});
