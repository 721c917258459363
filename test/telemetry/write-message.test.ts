import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Outcome, Point } from '../../lambdas/store/store.ts';
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';
import { MAX_MESSAGE_BYTES } from '../../lambdas/telemetry/parse-message.ts';
import { type UnstoredMessage, type WriteResult, writeMessage } from '../../lambdas/telemetry/write-message.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const AT = '2026-11-23T11:59:59.000Z';
const TELEMETRY = 'battery/boat/telemetry';

let store: SqliteStore;
let kept: UnstoredMessage[];
beforeEach(() => {
  store = sqliteStore({ file: ':memory:' });
  kept = [];
});
afterEach(async () => store.close());

const DEVICE = { clientId: 'device-1', traceId: 'trace-1' };

type Sender = Pick<Envelope, 'clientId' | 'traceId'>;

const envelope = (topic: string, payload: string | Buffer, sender: Sender = DEVICE): Envelope => ({
  payload: Buffer.from(payload).toString('base64'),
  topic,
  receivedAt: NOW_MS,
  ...sender,
});

async function write(topic: string, payload: string | Buffer, sender?: Sender): Promise<WriteResult> {
  const deps = {
    append: store.append,
    quarantine: async (message: UnstoredMessage) => void kept.push(message),
    parseJson,
    topicRoot: 'battery',
    demoClientId: 'the-demo',
  };
  return writeMessage(deps)(envelope(topic, payload, sender));
}

async function fieldsOf(battery: string): Promise<readonly unknown[]> {
  const points = await store.points({ battery, fromMs: 0, toMs: NOW_MS * 2, limit: 100 });
  return points.map(({ fields }) => fields);
}

describe('write message', () => {
  test('a device’s own message on the demo’s topic is stored for the default battery', async () => {
    const payload = `{"charge": 1500, "unit": "W", "timestamp": "${AT}"}`;
    expect(await write('battery/charge', payload)).toEqual({ stored: 1, repeated: 0, collided: 0 });
    expect(await write('battery/charge', payload)).toEqual({ stored: 0, repeated: 1, collided: 0 });
    expect(await fieldsOf('default')).toEqual([{ charge: 1.5 }]);
    expect(kept).toEqual([]);
  });

  test('a message without a time is stamped with its receipt, and marked in the store', async () => {
    await write('battery/discharge', '{"discharge":4}');
    expect(await fieldsOf('default')).toEqual([{ discharge: 4, received: 1 }]);
    expect((await store.batteries())[0]).toMatchObject({ id: 'default', firstAtMs: NOW_MS, lastAtMs: NOW_MS });
  });

  test('samples of a battery are stored, each measurement counted as a point', async () => {
    const payload = `{"samples":[{"soc":5,"cells":[3.3],"timestamp":"${AT}"},{"voltage":12,"alarms":[],"timestamp":"${AT}"}]}`;
    expect(await write(TELEMETRY, payload)).toEqual({ stored: 4, repeated: 0, collided: 0 });
    expect(await fieldsOf('boat')).toHaveLength(2);
  });

  test('what is out of range is quarantined with the original bytes, and the rest of the message stored', async () => {
    const payload = ` {"samples":[{"soc":200,"voltage":12,"timestamp":"${AT}"},{"soc":7,"timestamp":"${AT}"},{"soc":200}]}\n`;
    const result = await write(TELEMETRY, payload);
    expect(result).toEqual({
      stored: 2,
      repeated: 0,
      collided: 0,
      quarantined: { reason: "'soc' must be at most 105 %", readings: 2 },
    });
    expect(kept).toEqual([
      {
        reason: "'soc' must be at most 105 %",
        original: Buffer.from(payload).toString('base64'),
        topic: TELEMETRY,
        clientId: 'device-1',
        receivedAt: NOW_MS,
        traceId: 'trace-1',
      },
    ]);
  });

  test.each([
    ['not JSON', TELEMETRY, '{"soc":5', 'not valid JSON'],
    ['empty', TELEMETRY, '', 'the body is empty'],
    ['an array', TELEMETRY, '[{"soc":5}]', 'a message must be a JSON object'],
    ['a number', TELEMETRY, '5', 'a message must be a JSON object'],
    ['a depth bomb', TELEMETRY, '['.repeat(50_000), 'nested deeper'],
    ['a repeated key', TELEMETRY, '{"soc":5,"soc":5}', "key 'soc' stands twice"],
    ['not UTF-8', TELEMETRY, Buffer.from([0x7b, 0xff, 0x7d]), 'not UTF-8'],
    ['of a wrong type', TELEMETRY, '{"soc":"5"}', "'soc' must be a number"],
    ['of unknown fields only', TELEMETRY, '{"volts":5}', "'volts' is not a field"],
    ['without a measured field', TELEMETRY, '{"seq":5}', 'no measured field'],
    ['from the future', TELEMETRY, '{"soc":5,"timestamp":"2026-11-23T12:05:00.001Z"}', '5 minutes ahead'],
    ['without an offset', TELEMETRY, '{"soc":5,"timestamp":"2026-11-23T12:00:00"}', 'has no offset'],
    ['in seconds', TELEMETRY, '{"soc":5,"timestamp":1795435200}', 'looks like epoch seconds'],
    ['the other side’s', 'battery/charge', '{"discharge":5}', "Missing 'charge' field"],
    ['of another unit', 'battery/charge', '{"charge":5,"unit":"GW"}', "'unit' must be W, kW or MW"],
    ['a text as a number', 'battery/charge', '{"charge":"abc"}', "'charge' must be a number"],
    ['negative', 'battery/discharge', '{"discharge":-5}', '0 to 10000 kW'],
    ['an id in upper case', 'battery/Boat/telemetry', '{"soc":5}', "did you mean 'boat'?"],
    ['a reserved id', 'battery/charge/telemetry', '{"soc":5}', "'charge' is reserved"],
    ['without an id', 'battery//telemetry', '{"soc":5}', 'must be a-z, 0-9'],
    ['of no topic of ours', 'battery/boat/status', '{"online":false}', 'carries no telemetry'],
  ])('a message that is %s is quarantined whole, and nothing stored', async (_, topic, payload, reason) => {
    const result = await write(topic, payload, {});
    expect(result).toMatchObject({ stored: 0, repeated: 0, collided: 0, quarantined: { readings: 1 } });
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({ topic, receivedAt: NOW_MS, clientId: null, traceId: null });
    expect(kept[0]?.reason).toContain(reason);
    expect(Buffer.from(kept[0]?.original ?? '', 'base64')).toEqual(Buffer.from(payload));
    expect(await store.batteries()).toEqual([]);
  });

  test('a field that a demo message does not have is told, and its power stored', async () => {
    const result = await write('battery/charge', `{"charge":1,"soc":5,"x":1,"timestamp":"${AT}"}`);
    expect(result).toMatchObject({
      stored: 1,
      quarantined: { reason: "'soc' is not a field of this topic; 'x' is not a field of this topic", readings: 1 },
    });
    expect(kept).toHaveLength(1);
  });

  test('a message of 102 400 bytes is taken and one byte more is quarantined', async () => {
    const sized = (bytes: number): string => `{"soc":5}${' '.repeat(bytes - 9)}`;
    expect(await write(TELEMETRY, sized(MAX_MESSAGE_BYTES))).toMatchObject({ stored: 1 });
    for (const more of [1, 2, 3, 1000]) {
      expect(await write(TELEMETRY, sized(MAX_MESSAGE_BYTES + more))).toMatchObject({
        stored: 0,
        quarantined: { reason: 'the message is longer than 102400 bytes; send fewer samples in one' },
      });
    }
  });

  test('a message with thousands of faults is quarantined with a reason that a line still takes', async () => {
    const members = Array.from({ length: 9_000 }, (_, i) => `"k${i}":0`).join();
    const { quarantined: { reason } = {} } = await write(TELEMETRY, `{"soc":5,${members}}`);
    expect(reason?.length).toBeLessThan(2_000);
    expect(reason).toMatch(/^'k0' is not a field of a sample; 'k1' .*and \d+ more$/);
    expect(kept[0]?.reason).toBe(reason);
  });

  test('only the runtime’s own client writes the battery demo', async () => {
    expect(await write('battery/demo/telemetry', '{"soc":5}', { clientId: 'the-demo' })).toMatchObject({ stored: 1 });
    for (const sender of [DEVICE, { clientId: 'the-demo ' }, { clientId: '' }, {}]) {
      const { quarantined } = await write('battery/demo/telemetry', '{"soc":6}', sender);
      expect(quarantined?.reason).toBe("battery id 'demo' is reserved for the simulated battery; take another id");
    }
    expect(await fieldsOf('demo')).toHaveLength(1);
  });

  test('where no client plays the demo, nobody writes it', async () => {
    const deps = { append: store.append, quarantine: async () => undefined, parseJson, topicRoot: 'battery' };
    for (const sender of [DEVICE, {}]) {
      const result = await writeMessage(deps)(envelope('battery/demo/telemetry', '{"soc":5}', sender));
      expect(result).toMatchObject({ stored: 0 });
    }
  });

  test.each<[string, Outcome, RegExp]>([
    [
      'refuses',
      { kind: 'refused', reason: 'partial write: points beyond retention policy' },
      /^partial write: points beyond/,
    ],
    [
      'has another sample on that point time',
      { kind: 'collided' },
      /send this one again with a timestamp one millisecond later$/,
    ],
  ])('a point that the store %s is quarantined', async (_, outcome, reason) => {
    const quarantine = async (message: UnstoredMessage): Promise<void> => void kept.push(message);
    const append = async (): Promise<readonly Outcome[]> => [outcome];
    const result = await writeMessage({ append, quarantine, parseJson, topicRoot: 'battery' })(
      envelope(TELEMETRY, '{"soc":5}'),
    );
    expect(result).toMatchObject({ stored: 0, collided: outcome.kind === 'collided' ? 1 : 0 });
    expect(kept).toMatchObject([{ original: Buffer.from('{"soc":5}').toString('base64') }]);
    expect(kept[0]?.reason).toMatch(reason);
    // The database's own words, where it was the database.
    expect(kept[0]?.serverMessage).toBe(outcome.kind === 'refused' ? outcome.reason : undefined);
  });

  test('of a message each reading that was not wholly stored is counted once, whatever was wrong with it', async () => {
    const append = async (points: readonly Point[]): Promise<readonly Outcome[]> =>
      points.map(({ fields, measurement }) =>
        fields['soc'] === 3 || measurement === 'cell' ? { kind: 'refused', reason: 'no' } : { kind: 'stored' },
      );
    const quarantine = async (message: UnstoredMessage): Promise<void> => void kept.push(message);
    const samples = [
      '{"soc":1}',
      '{"soc":200,"x":1}',
      '{"soc":3}',
      '{"soc":4,"cells":[3.3]}',
      '{"soc":5}',
      '{"soc":"6"}',
    ];
    const result = await writeMessage({ append, quarantine, parseJson, topicRoot: 'battery' })(
      envelope(TELEMETRY, `{"samples":[${samples.join()}]}`),
    );
    expect(result).toMatchObject({ stored: 3, quarantined: { readings: 4 } });
    expect(kept).toMatchObject([{ serverMessage: 'no' }]);
  });

  test('a store that is down, or a quarantine that takes nothing, fails the call, so that it is tried again', async () => {
    await store.close();
    await expect(write(TELEMETRY, '{"soc":5}')).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    expect(kept).toEqual([]);
    const quarantine = async (): Promise<never> => {
      throw new Error('no room');
    };
    const failing = writeMessage({ append: async () => [], quarantine, parseJson, topicRoot: 'battery' });
    await expect(failing(envelope(TELEMETRY, '{'))).rejects.toThrow('no room');
  });
});
