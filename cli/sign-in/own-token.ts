/** The access token of an Amphora on this machine that listens beyond loopback: its data folder has it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../../local/shell-word.ts';
import type { Running } from '../data-folder.ts';
import type { Bearer } from './api-access.ts';

const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Undefined when the address is not that of the runtime of this folder, or that one wants no token. */
export function ownBearer(address: URL, dataDir: string, running: Running | undefined): Bearer | undefined {
  if (running?.accessToken !== true || !OWN_NAMES.has(address.hostname)) return undefined;
  if (address.protocol !== 'http:' || Number(address.port) !== running.port) return undefined;
  const file = join(dataDir, 'access-token');
  return {
    token: async () => {
      try {
        return { ok: true, token: (await readFile(file, 'utf8')).trim() };
      } catch (error) {
        const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
        return { ok: false, isFinal: true, sentence: `the access token ${file} cannot be read (${code})` };
      }
    },
    hint: `The token in ${file} is not taken there: the runtime may have been started with another data folder`,
    inShell: `$(cat ${quoted(file)})`,
  };
}
