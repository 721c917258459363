/** Key pairs of devices, and the request for a certificate: what is made on this machine, whoever signs it. */
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';

// AWS IoT, OpenSSL and the mbedTLS of microcontrollers all take this curve.
const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export const ECDSA_SHA_256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

export type KeyPair = webcrypto.CryptoKeyPair;

export const newKeyPair = (): Promise<KeyPair> => webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);

/** PKCS #8. */
export async function privateKeyPem({ privateKey }: KeyPair): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', privateKey));
}

export async function publicKeyPem({ publicKey }: KeyPair): Promise<string> {
  return pem('PUBLIC KEY', await webcrypto.subtle.exportKey('spki', publicKey));
}

/** Throws when the text is no private key of this curve. */
export async function keyPairOf(keyPem: string): Promise<KeyPair> {
  const key = createPrivateKey(keyPem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const { subtle } = webcrypto;
  return {
    privateKey: await subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), EC_P256, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, EC_P256, true, ['verify']),
  };
}

/** PKCS #10: the public key and the name, signed with the private key, which is not in it. */
export async function certificateRequestPem(keys: KeyPair, commonName: string): Promise<string> {
  // Not a static import: by add-battery's this file is among those of every command, and the library takes 75 ms of each.
  const { x509 } = await import('./x509.ts');
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ECDSA_SHA_256,
  });
  return `${request.toString('pem')}\n`;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
