import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  connectClient,
  connectPacket,
  connectRaw,
  DISCONNECT,
  packet,
  publishPacket,
  startFixture,
  subscribePacket,
} from './mqtt-fixture.ts';

const RUNS = 1000;

const VALID = [
  connectPacket({ clientId: 'fuzz' }),
  connectPacket({ clientId: '', will: { topic: 'battery/charge', payload: '{}' } }),
  connectPacket({ clientId: 'session', isClean: false }),
  connectPacket({ level: 5 }),
  publishPacket('battery/charge', '{"charge":1}'),
  publishPacket('battery/boat/telemetry', '{"soc":50}', 1),
  packet(0x33, publishPacket('battery/boat/telemetry', 'retained', 2).subarray(2)),
  subscribePacket(3, ['battery/#', '+/+/telemetry', '$SYS/#']),
  packet(0xa2, Buffer.from([0, 4, 0, 1, 0x23])),
  Buffer.from([0x40, 2, 0, 1]),
  Buffer.from([0xc0, 0]),
  DISCONNECT,
];

type Mutation = { readonly kind: 'flip' | 'cut' | 'insert' | 'double'; readonly at: number; readonly byte: number };

function mutate(bytes: Buffer, { kind, at, byte }: Mutation): Buffer {
  const index = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ byte]), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(1 + (byte % 8))]);
    case 'insert':
      return Buffer.concat([before, Buffer.from([byte]), after]);
    case 'double':
      return Buffer.concat([before, after, after]);
  }
}

const mutation = fc.record({
  kind: fc.constantFrom('flip', 'flip', 'cut', 'insert', 'double'),
  at: fc.nat(200),
  byte: fc.integer({ min: 1, max: 255 }),
});
const conversation = fc.tuple(
  fc.constantFrom(...VALID.slice(0, 4)),
  fc.array(fc.constantFrom(...VALID.slice(4)), { maxLength: 5 }),
);
const stream = fc
  .tuple(conversation, fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.nat(3))
  .map(([[connect, others], mutations, luck]) => {
    const rest = Buffer.concat(others);
    // A broken CONNECT ends the conversation, so most keep it: what comes after has to be reached.
    if (luck === 0) return mutations.reduce(mutate, Buffer.concat([connect, rest]));
    return Buffer.concat([connect, mutations.reduce(mutate, rest)]);
  });

test(`${RUNS} mutated conversations crash nothing, leave no connection behind, and good clients are served`, async () => {
  const fixture = await startFixture();
  const bystander = await connectClient(fixture.port, { clientId: 'bystander' });
  await fc.assert(
    fc.asyncProperty(stream, async (bytes) => {
      const { socket } = await connectRaw(fixture.port);
      const closed = once(socket, 'close');
      socket.end(bytes);
      await closed;
    }),
    { numRuns: RUNS },
  );
  // Some mutations leave a message intact and some break one: both must have happened often, or this tried nothing.
  expect(fixture.accepted.length).toBeGreaterThan(RUNS / 50);
  expect(fixture.warnings.length).toBeGreaterThan(RUNS / 5);
  await bystander.publishAsync('battery/charge', '{"charge":2}', { qos: 1 });
  expect(fixture.accepted.at(-1)).toMatchObject({ topic: 'battery/charge', clientId: 'bystander' });
  await bystander.endAsync();
  await fixture.close();
  expect(fixture.broker.connections()).toBe(0);
}, 60_000);
