import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Authority, openAuthority } from '../../../local/devices/authority.ts';
import { certificateRequestPem, newKeyPair } from '../../../local/devices/key-pair.ts';
import { newDeviceKey } from '../../devices/device-key.ts';
import { inTempFolder } from '../temp-folder.ts';

const NOW_MS = Date.UTC(2026, 10, 26);
const HOUR_MS = 3_600_000;

const inAuthority = (use: (authority: Authority, folder: string) => Promise<void>): Promise<void> =>
  inTempFolder(async (folder) => use(await openAuthority({ file: (name) => join(folder, name) }), folder));

const garage = { commonName: 'garage', nowMs: NOW_MS };

describe('the authority of a data folder', () => {
  test('its key and certificate are files that only their owner reads, and stay the same at the next opening', () =>
    inAuthority(async ({ certificatePem }, folder) => {
      for (const name of ['device-ca.key.pem', 'device-ca.cert.pem'])
        expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      const again = await openAuthority({ file: (name) => join(folder, name) });
      expect(again.certificatePem).toBe(certificatePem);
    }));

  test('five that open a new folder at once are one authority', () =>
    inTempFolder(async (folder) => {
      const file = (name: string): string => join(folder, name);
      const all = await Promise.all(Array.from({ length: 5 }, () => openAuthority({ file })));
      const ca = new X509Certificate(readFileSync(file('device-ca.cert.pem')));
      for (const authority of all) {
        const pem = await authority.sign((await newDeviceKey('garage')).requestPem, garage);
        expect(new X509Certificate(pem).verify(ca.publicKey)).toBe(true);
      }
    }));

  test('openssl takes what it signs, by its strictest rules, for a client and for a server', () =>
    inAuthority(async (authority, folder) => {
      const { requestPem } = await newDeviceKey('garage');
      writeFileSync(join(folder, 'request.pem'), requestPem);
      writeFileSync(join(folder, 'client.pem'), await authority.sign(requestPem, { ...garage, nowMs: Date.now() }));
      writeFileSync(
        join(folder, 'server.pem'),
        (await authority.serverIdentity(['localhost', '127.0.0.1', '::1'])).cert,
      );
      const openssl = (...words: readonly string[]): string =>
        execFileSync('openssl', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      const verify = ['verify', '-x509_strict', '-CAfile', 'device-ca.cert.pem'];
      expect(openssl(...verify, '-purpose', 'sslclient', 'client.pem')).toBe('client.pem: OK\n');
      expect(openssl(...verify, '-purpose', 'sslserver', '-verify_ip', '127.0.0.1', 'server.pem')).toBe(
        'server.pem: OK\n',
      );
      expect(() => openssl(...verify, '-purpose', 'sslserver', 'client.pem')).toThrow(/purpose/);
      expect(openssl('req', '-in', 'request.pem', '-noout', '-subject')).toMatch(/CN ?= ?garage/);
    }));

  test('the name in a certificate is the one that was asked for here, whatever stands in the request', () =>
    inAuthority(async ({ sign }) => {
      const request = await certificateRequestPem(await newKeyPair(), 'somebody-else');
      expect(new X509Certificate(await sign(request, garage)).subject).toBe('CN=garage');
    }));

  test('a device or a server whose clock is an hour off, either way, has valid certificates', () =>
    inAuthority(async ({ sign, certificatePem, serverIdentity }) => {
      const client = await sign((await newDeviceKey('garage')).requestPem, garage);
      const own = { nowMs: Date.now(), pems: [certificatePem, (await serverIdentity(['localhost'])).cert] };
      for (const { nowMs, pems } of [{ nowMs: NOW_MS, pems: [client] }, own])
        for (const pem of pems) {
          const { validFrom, validTo } = new X509Certificate(pem);
          expect(Date.parse(validFrom)).toBeLessThan(nowMs - HOUR_MS);
          expect(Date.parse(validTo)).toBeGreaterThan(nowMs + 20 * 365 * 24 * HOUR_MS);
        }
    }));

  test("a request with another key's signature gets no certificate", () =>
    inAuthority(async ({ sign }) => {
      const { requestPem } = await newDeviceKey('garage');
      const bytes = Buffer.from(requestPem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
      const last = bytes.length - 1;
      bytes[last] = (bytes[last] ?? 0) ^ 1;
      const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
      await expect(sign(forged, garage)).rejects.toMatchObject({ code: 'setting-invalid' });
      await expect(sign('no request', garage)).rejects.toThrow('cannot be read; send a PKCS #10 request in PEM form');
    }));

  test('a lost certificate is made again from the key; a key that is damaged is told, and not replaced', () =>
    inAuthority(async (authority, folder) => {
      const file = (name: string): string => join(folder, name);
      const client = await authority.sign((await newDeviceKey('garage')).requestPem, garage);
      writeFileSync(file('device-ca.cert.pem'), 'half a');
      const again = new X509Certificate((await openAuthority({ file })).certificatePem);
      expect(new X509Certificate(client).checkIssued(again)).toBe(true);
      writeFileSync(file('device-ca.key.pem'), 'no key');
      await expect(openAuthority({ file })).rejects.toThrow(
        'device-ca.key.pem cannot be read; restore it from a backup',
      );
      expect(readFileSync(file('device-ca.key.pem'), 'utf8')).toBe('no key');
    }));
});
