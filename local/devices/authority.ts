/**
 * The certificate authority of a data folder: it signs what devices ask for, as AWS IoT's own does, and the certificate of
 * the broker's TLS listener. Its key and its certificate are two files there.
 */
import { randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Extension, Pkcs10CertificateRequest, PublicKey } from '@peculiar/x509';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { makePrivateFile, replacePrivateFile } from '../files/private-file.ts';
import { ECDSA_SHA_256, type KeyPair, keyPairOf, newKeyPair, privateKeyPem } from './key-pair.ts';
import { x509 } from './x509.ts';

const KEY_FILE = 'device-ca.key.pem';
const CERTIFICATE_FILE = 'device-ca.cert.pem';

// As AWS IoT's certificates end. The last year that UTCTime can write, so that every small TLS library reads it.
const NOT_AFTER = new Date('2049-12-31T23:59:59Z');
// A device without a battery-backed clock starts with the time of its last shutdown, and judges us by that.
const NOT_BEFORE_LEAD_MS = 366 * 86_400_000;
const SERIAL_BYTES = 16;

export type Authority = {
  readonly certificatePem: string;
  /** A client certificate of this name for the key that the request proves to have. */
  readonly sign: (csrPem: string, subject: { readonly commonName: string; readonly nowMs: number }) => Promise<string>;
  /** Key and certificate of the TLS listener for these names; made anew at each call. */
  readonly serverIdentity: (names: readonly string[]) => Promise<{ readonly key: string; readonly cert: string }>;
};

/** Opens the authority, and makes it in a folder that has none. Several processes may do so at once. */
export async function openAuthority(folder: { readonly file: (name: string) => string }): Promise<Authority> {
  const keyFile = folder.file(KEY_FILE);
  if (!existsSync(keyFile)) makePrivateFile(keyFile, await privateKeyPem(await newKeyPair()));
  const keys = await keysIn(keyFile);
  const certificatePem = await ownCertificate(folder.file(CERTIFICATE_FILE), keys);
  const issuer = certificateName(certificatePem);

  async function issued(of: Issued): Promise<string> {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [of.commonName] }],
      issuer,
      publicKey: of.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ECDSA_SHA_256,
      notBefore: new Date(of.nowMs - NOT_BEFORE_LEAD_MS),
      notAfter: NOT_AFTER,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(of.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...of.extensions,
      ],
    });
    return `${certificate.toString('pem')}\n`;
  }

  return {
    certificatePem,
    sign: async (csrPem, { commonName, nowMs }) => {
      const { publicKey } = await provenRequest(csrPem);
      const extensions = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
      return issued({ commonName, nowMs, publicKey, extensions });
    },
    serverIdentity: async (names) => {
      const listener = await newKeyPair();
      const alternatives = names.map((value) => ({
        type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
        value,
      }));
      const cert = await issued({
        commonName: names[0] ?? 'localhost',
        nowMs: Date.now(),
        publicKey: listener.publicKey,
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(alternatives),
        ],
      });
      return { key: await privateKeyPem(listener), cert };
    },
  };
}

type Issued = {
  readonly commonName: string;
  readonly nowMs: number;
  readonly publicKey: PublicKey | webcrypto.CryptoKey;
  readonly extensions: readonly Extension[];
};

/** The request, when its signature was made with the key that it names: nobody gets a certificate for another's key. */
async function provenRequest(csrPem: string): Promise<Pkcs10CertificateRequest> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    if (await request.verify()) return request;
  } catch (cause) {
    throw refused('the certificate request cannot be read; send a PKCS #10 request in PEM form', cause);
  }
  throw refused('the certificate request is not signed with its own key; make the request and its key again');
}

async function keysIn(keyFile: string): Promise<KeyPair> {
  try {
    return await keyPairOf(readFileSync(keyFile, 'utf8'));
  } catch (cause) {
    throw refused(
      `the key of the device authority ${keyFile} cannot be read; restore it from a backup. Without it every device needs a new certificate: remove that file and register them again`,
      cause,
    );
  }
}

/** The kept one when it is of this key. Another of the same key does as well: devices know the authority by name and key. */
async function ownCertificate(file: string, keys: KeyPair): Promise<string> {
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (spki.equals(publicKeyIn(kept))) return kept;
  const identifier = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // With a name of its own: two authorities of one name make TLS libraries speak of a bad signature, not of a stranger.
    name: [{ CN: [`Amphora devices ${identifier.keyId.slice(0, 8)}`] }],
    keys,
    signingAlgorithm: ECDSA_SHA_256,
    notBefore: new Date(Date.now() - NOT_BEFORE_LEAD_MS),
    notAfter: NOT_AFTER,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      identifier,
    ],
  });
  const pem = `${certificate.toString('pem')}\n`;
  replacePrivateFile(file, pem);
  return pem;
}

function publicKeyIn(certificatePem: string): Uint8Array {
  try {
    return new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return new Uint8Array(); // Empty, or half a file: made again.
  }
}

// Node writes "CN=…" with one attribute a line; ours has one.
const certificateName = (pem: string): string => new X509Certificate(pem).subject;

/** Positive, and never with a zero byte in front: what RFC 5280, 4.1.2.2, asks for. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('setting-invalid', message, { retry: false, cause });
}
