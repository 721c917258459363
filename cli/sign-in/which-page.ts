/** The page that a command means: the one that was named, that of the Amphora on this machine, or the last one signed in to. */
import { quoted } from '../../local/shell-word.ts';
import { type Arguments, type Flag, type Io, type Refusal, refusal } from '../command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, runIn } from '../data-folder.ts';
import { type Kept, loginAt } from './kept-logins.ts';
import { pageAddress } from './page-address.ts';

export const PAGE_DEFAULT =
  'Without ADDRESS it is the Amphora of the data folder, when it runs with sign-in, else the page that was signed in to last.';

export const PAGE_FLAGS: readonly Flag[] = [
  { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora on this machine', byDefault: DATA_FOLDER_DEFAULT },
];

type Which =
  | { readonly ok: true; readonly url: string }
  /** `isOpen`: there is a page, and nobody signs in there. */
  | (Refusal & { readonly isOpen?: true });

/** `command`: which one asks, as it is typed. */
export async function whichPage(
  command: 'login' | 'logout' | 'token',
  { positionals, texts }: Arguments,
  io: Io,
  kept: Kept,
): Promise<Which> {
  const [address] = positionals;
  if (address !== undefined) return pageAddress(address);
  const folder = texts.get('data');
  const run = await runIn(dataFolder(folder, io));
  const running = run?.isAlive === true ? run : undefined;
  if (running?.signInUrl !== undefined) return { ok: true, url: localPage(running.port) };
  // A folder that was named is meant.
  if (folder !== undefined && running === undefined) {
    return refusal(`no Amphora runs in ${folder}; start it with ./amphora start --auth --data ${quoted(folder)}`);
  }
  const last = kept.lastPageUrl;
  if (folder === undefined && last !== undefined && loginAt(kept, last) !== undefined) return { ok: true, url: last };
  if (running !== undefined) {
    return { ...refusal(`nobody signs in at ${localPage(running.port)}: it was started without --auth`), isOpen: true };
  }
  return refusal(
    `name the page, as in ./amphora ${command} https://d111.cloudfront.net/ (the PageUrl that npm run deploy printed), or start an Amphora here with ./amphora start --auth`,
  );
}

const localPage = (port: number): string => `http://localhost:${port}/`;
