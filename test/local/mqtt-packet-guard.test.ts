import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packetGuard } from '../../local/mqtt-packet-guard.ts';
import { connectPacket, DISCONNECT, packet, publishPacket, subscribePacket, text } from './mqtt-fixture.ts';

function verdictOf(chunks: readonly Buffer[]): string | undefined {
  const guard = packetGuard();
  for (const chunk of chunks) {
    const refusal = guard.judge(chunk);
    if (refusal !== undefined) return refusal.reason;
  }
  return undefined;
}

describe('packetGuard', () => {
  test.each([
    ['a reserved type', Buffer.from([0xf0, 0]), 'packets of type 15'],
    ['a packet that only servers send', Buffer.from([0x90, 3, 0, 1, 0]), 'packets of type 9'],
    ['PUBREL', Buffer.from([0x62, 2, 0, 1]), 'QoS 2'],
    ['QoS 3', Buffer.from([0x36, 0]), 'QoS 3'],
    ['a SUBSCRIBE without its flag', packet(0x80, subscribePacket(1, ['a']).subarray(2)), 'wrong flags'],
    ['a PINGREQ with a body', Buffer.from([0xc0, 1, 0]), 'a PINGREQ of 1 bytes was announced'],
    ['a length of five bytes', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]), 'more than four bytes'],
    ['a topic beyond its packet', Buffer.from([0x30, 4, 0, 9, 0x61, 0x61]), 'ends before its topic'],
    ['no room for the packet identifier', packet(0x32, text('ab')), 'ends before its topic and packet identifier'],
    ['the packet identifier 0', publishPacket('a', 'x', 0), 'packet identifier 0'],
    ['a SUBSCRIBE whose filter is cut', packet(0x82, Buffer.from([0, 1, 0, 9, 0x61, 1])), 'SUBSCRIBE is malformed'],
    ['a SUBSCRIBE to nothing', packet(0x82, Buffer.from([0, 1])), 'malformed'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(verdictOf([connectPacket(), bytes])).toContain(reason);
  });

  test('refuses at the header: the second byte of the length is enough to know', () => {
    const guard = packetGuard();
    expect(guard.judge(connectPacket())).toBeUndefined();
    expect(guard.judge(Buffer.from([0x32, 0xff, 0xff]))).toBeUndefined();
    expect(guard.judge(Buffer.from([0x7f]))?.reason).toContain('of 2097151 bytes was announced');
  });

  test('judges the same wherever the stream is cut', () => {
    const piece = fc.oneof(
      fc.constantFrom(subscribePacket(1, ['a', 'b/+']), subscribePacket(2, '1 2 3 4 5 6 7 8 9'.split(' ')), DISCONNECT),
      fc
        .tuple(
          fc.string({ maxLength: 300 }),
          fc.uint8Array({ maxLength: 40 }),
          fc.option(fc.nat(3), { nil: undefined }),
        )
        .map(([topic, payload, id]) => publishPacket(topic, Buffer.from(payload), id)),
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    );
    const stream = fc.tuple(
      fc.constantFrom(connectPacket(), connectPacket({ level: 5 })),
      fc.array(piece, { maxLength: 6 }),
    );
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), ([connect, pieces], cuts) => {
        const bytes = Buffer.concat([connect, ...pieces]);
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(verdictOf(chunks)).toBe(verdictOf([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});
