/** A secret that is given in a file or in the environment: never an argument, which every user of the machine can see. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Io, type Refusal, refusal } from '../command.ts';

// What is much longer than any token is another file.
const MAX_SECRET_BYTES = 4_096;

export type SecretWords = {
  /** 'token' */
  readonly word: string;
  /** 'InfluxDB' */
  readonly whose: string;
};

type Secret = { readonly ok: true; readonly secret: string } | Refusal;

export function secretInFile(
  name: string,
  { word, whose }: SecretWords,
  { folder, platform, err }: Pick<Io, 'folder' | 'platform' | 'err'>,
): Secret {
  const path = resolve(folder, name);
  let text: string;
  try {
    const { mode, size } = statSync(path);
    if (size > MAX_SECRET_BYTES)
      return refusal(`the ${word} file ${name} has ${size} bytes, which is no ${word}; name the right file`);
    text = readFileSync(path, 'utf8');
    if (platform !== 'win32' && (mode & 0o044) !== 0) {
      err(`amphora: other users of this machine can read the ${word} in ${name}; chmod 600 ${name}\n`);
    }
  } catch (error) {
    const reason = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    return refusal(`the ${word} file ${name} cannot be read (${reason}); check its name and its rights`);
  }
  const secret = text.trim();
  return secret === ''
    ? refusal(`the ${word} file ${name} is empty; put the ${word} of ${whose} into it`)
    : secretOf(secret, name, { word, whose });
}

/** It becomes an HTTP header. What is wrong with it is told without showing it. */
export function secretOf(secret: string, where: string, { word, whose }: SecretWords): Secret {
  return /^[\x21-\x7e]+$/.test(secret)
    ? { ok: true, secret }
    : refusal(
        `${where} holds spaces, lines or characters that no ${word} of ${whose} has; put the ${word} there and nothing else`,
      );
}
