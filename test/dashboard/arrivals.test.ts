import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectPacket, readPackets, subscribePacket } from '../../dashboard/arrivals.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('packets', () => {
  test('CONNECT is MQTT 3.1.1 with a clean session and a minute of keep-alive', () => {
    expect(hex(connectPacket('page-1'))).toBe(
      `1012${'00044d515454'}0402003c${'0006'}${Buffer.from('page-1').toString('hex')}`,
    );
  });

  test('SUBSCRIBE asks for each topic with QoS 0', () => {
    expect(hex(subscribePacket(['a/b', 'c']))).toBe('820c0001' + '0003612f62' + '00' + '000163' + '00');
  });

  test('a length of 128 and more takes two bytes', () => {
    const packet = subscribePacket(['x'.repeat(200)]);
    expect(hex(packet.slice(0, 3))).toBe('82cd01');
    expect(readPackets(packet).packets[0]?.body.length).toBe(205);
  });

  test('however the stream is cut, the same packets come out', () => {
    const stream = [
      connectPacket('page-1'),
      subscribePacket(['x'.repeat(300)]),
      Uint8Array.of(0xd0, 0),
      subscribePacket(['y']),
    ];
    const bytes = Buffer.concat(stream);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        let rest: Uint8Array = new Uint8Array();
        const types: number[] = [];
        for (const [i, from] of edges.slice(0, -1).entries()) {
          const read = readPackets(Buffer.concat([rest, bytes.subarray(from, edges[i + 1])]));
          types.push(...read.packets.map(({ type }) => type));
          rest = read.rest;
        }
        expect(types).toEqual([1, 8, 13, 8]);
        expect(rest).toHaveLength(0);
      }),
    );
  });
});
