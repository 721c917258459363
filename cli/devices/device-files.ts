/** The files of one device: its key, which is made here and never leaves this machine, its certificate, and the broker's CA. */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DeviceKey } from '../../lambdas/batteries/device-registry.ts';
import {
  certificateRequestPem,
  type KeyPair,
  keyPairOf,
  newKeyPair,
  privateKeyPem,
  publicKeyPem,
} from '../../local/devices/key-pair.ts';
import { makePrivateFile, replacePrivateFile } from '../../local/files/private-file.ts';
import { quoted } from '../../local/shell-word.ts';
import { type Refusal, refusal } from '../command.ts';

export type DeviceFiles = {
  readonly folder: string;
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
  /** The three as ESPHome's secrets.yaml has them. */
  readonly esphomeSecrets: string;
};

type OwnKey = { readonly ok: true; readonly key: DeviceKey } | Refusal;

/** As add-battery names it, where it is typed. */
export const deviceFolderName = (battery: string): string => `${battery}-device`;

export const deviceFiles = (folder: string, battery: string): DeviceFiles => ({
  folder,
  key: join(folder, `${battery}.key.pem`),
  certificate: join(folder, `${battery}.cert.pem`),
  ca: join(folder, 'ca.pem'),
  esphomeSecrets: join(folder, `${battery}.esphome-secrets.yaml`),
});

/** The key that is there; undefined when none is. */
export async function keyIn(files: DeviceFiles, battery: string): Promise<OwnKey | undefined> {
  if (!existsSync(files.key)) return undefined;
  try {
    const keys = await keyPairOf(readFileSync(files.key, 'utf8'));
    return { ok: true, key: await deviceKey(keys, battery, statSync(files.key).mtimeMs) };
  } catch {
    return refusal(
      `${files.key} is there and is no private key (EC P-256, PEM) that can be read; it is not written over. Move it away, or name another folder with --out`,
    );
  }
}

/** Makes the folder and the key: before anything else, so that nothing is registered for a key that cannot be kept. */
export async function newKeyIn(files: DeviceFiles, battery: string): Promise<OwnKey> {
  const keys = await newKeyPair();
  const pem = await privateKeyPem(keys);
  const problem = writing(files.folder, () => {
    mkdirSync(files.folder, { recursive: true, mode: 0o700 });
    return makePrivateFile(files.key, pem) ? undefined : `${files.key} was made by somebody else just now`;
  });
  return problem ?? { ok: true, key: await deviceKey(keys, battery, undefined) };
}

/** The certificate and what goes with it; these can be had again, so that they may be written over. */
export function writeCertificate(
  files: DeviceFiles,
  battery: string,
  { certificatePem, caPem }: { readonly certificatePem: string; readonly caPem: string },
): Refusal | undefined {
  return writing(files.folder, () => {
    replacePrivateFile(files.certificate, certificatePem);
    replacePrivateFile(files.ca, caPem);
    const secrets = [
      [`${battery}_ca`, caPem],
      [`${battery}_certificate`, certificatePem],
      [`${battery}_key`, readFileSync(files.key, 'utf8')],
    ] as const;
    replacePrivateFile(files.esphomeSecrets, secrets.map(([name, pem]) => yamlBlock(name, pem)).join(''));
    return undefined;
  });
}

/** What removes a device's files: the folder, unless it holds something else too. */
export function removalLine({ folder, key, certificate, ca, esphomeSecrets }: DeviceFiles): string {
  const ours = new Set([key, certificate, ca, esphomeSecrets].map((file) => basename(file)));
  if (readdirSync(folder).every((name) => ours.has(name))) return `rm -r ${quoted(folder)}`;
  return `rm ${[key, certificate, esphomeSecrets]
    .filter((file) => existsSync(file))
    .map(quoted)
    .join(' ')}`;
}

/** Whether the certificate in these files is one of those. AWS IoT's id of a certificate is its fingerprint, as at home. */
export function isCertificateOf(files: DeviceFiles, certificateIds: readonly string[]): boolean {
  try {
    const { fingerprint256 } = new X509Certificate(readFileSync(files.certificate));
    return certificateIds.includes(fingerprint256.replaceAll(':', '').toLowerCase());
  } catch {
    return false; // None, or nothing that could be read as one.
  }
}

async function deviceKey(keys: KeyPair, battery: string, madeAtMs: number | undefined): Promise<DeviceKey> {
  return {
    requestPem: await certificateRequestPem(keys, battery),
    publicKeyPem: await publicKeyPem(keys),
    madeAtMs,
  };
}

function yamlBlock(name: string, pem: string): string {
  const lines = pem.trim().split('\n');
  return `${name}: |\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function writing(folder: string, write: () => string | undefined): Refusal | undefined {
  try {
    const problem = write();
    return problem === undefined ? undefined : refusal(problem);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    // As mkdir says it of the last name of a path, and of one before it.
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : code;
    return refusal(`the files of the device cannot be written into ${folder} (${why}); name another folder with --out`);
  }
}
