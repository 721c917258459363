import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { isLoopback, listenPlace } from '../../../local/access/listen-place.ts';

const v4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr: null,
});
const v6 = (address: string, scopeid: number, internal = false): NetworkInterfaceInfo => ({
  ...v4(address, internal),
  family: 'IPv6',
  scopeid,
});

const MACHINE = {
  lo: [v4('127.0.0.1', true), v6('::1', 0, true)],
  docker0: [v4('172.17.0.1')],
  eth0: [v4('192.168.1.5'), v6('fe80::1', 2), v6('2001:db8::5', 0)],
};
const names: Readonly<Record<string, readonly string[]>> = {
  'box.local': ['192.168.1.5'],
  debian: ['127.0.1.1'],
  elsewhere: ['203.0.113.7'],
};
const place = (host: string, interfaces: Parameters<typeof listenPlace>[1] = MACHINE) =>
  listenPlace(host, interfaces, async (name) => names[name] ?? []);

const LOOPBACK = ['127.0.0.1', '::1'];

describe('--host', () => {
  test.each(['localhost', 'LocalHost', '127.0.0.1', '::1', '[::1]'])('%s is this machine only', async (host) => {
    expect(await place(host)).toEqual({ addresses: LOOPBACK });
  });

  test.each([
    ['192.168.1.5', [...LOOPBACK, '192.168.1.5'], '192.168.1.5'],
    ['2001:db8::5', [...LOOPBACK, '2001:db8::5'], '[2001:db8::5]'],
    ['[2001:db8::5]', [...LOOPBACK, '2001:db8::5'], '[2001:db8::5]'],
    ['Box.local', [...LOOPBACK, '192.168.1.5'], 'box.local'],
    // A phone reaches the network card, not the bridge of the containers.
    ['0.0.0.0', ['0.0.0.0', '::1'], '192.168.1.5'],
    ['::', ['::'], '192.168.1.5'],
  ])('%s listens on %j and is reached as %s', async (host, addresses, reachedAs) => {
    expect(await place(host)).toMatchObject({ addresses, beyond: { reachedAs } });
  });

  test.each([
    ['10.0.0.9', '--host 10.0.0.9 is not an address of this machine; it has 172.17.0.1, 192.168.1.5'],
    ['elsewhere', '--host elsewhere is not an address of this machine'],
    ['debian', '--host debian is 127.0.1.1 here, which no other device reaches; give 192.168.1.5, or 0.0.0.0'],
    ['127.0.0.2', '--host 127.0.0.2 is 127.0.0.2 here, which no other device reaches'],
  ])('%s is refused: %s', async (host, sentence) => {
    await expect(place(host)).rejects.toMatchObject({
      code: 'setting-invalid',
      message: expect.stringContaining(sentence),
    });
  });

  test('of a name that nobody knows is refused in a sentence', async () => {
    await expect(listenPlace('no-such-host.invalid', MACHINE)).rejects.toMatchObject({
      message: expect.stringContaining('is a name that nobody knows here'),
    });
  });

  test('without any network it says so in the link', async () => {
    expect(await place('0.0.0.0', { lo: MACHINE.lo })).toMatchObject({ beyond: { reachedAs: 'localhost' } });
    expect(await place('::', { eth0: [v6('fe80::1', 2), v6('2001:db8::5', 0)] })).toMatchObject({
      beyond: { reachedAs: '[2001:db8::5]' },
    });
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.5', false],
  ['::ffff:192.168.1.5', false],
  ['1127.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['', false],
])('%j comes from this machine itself: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
