/** A person at a terminal who signs in, with a browser that is a few lines of Node. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until, within } from '../end-to-end/until.ts';
import { type Folder, type Ran, type Running, startCli } from './run-cli.ts';
import type { SignInPeer } from './sign-in-peer.ts';

const PATIENCE_MS = 30_000;

/** Its environment: where logins go, whatever is set on this machine. */
export const configHome = (folder: Folder): string => join(folder.path, 'config');
export const terminal = (folder: Folder): Readonly<Record<string, string>> => ({ XDG_CONFIG_HOME: configHome(folder) });

export const loginsFile = (folder: Folder): string => join(configHome(folder), 'amphora', 'logins.json');

export function keptLogins(folder: Folder) {
  return existsSync(loginsFile(folder)) ? JSON.parse(readFileSync(loginsFile(folder), 'utf8')) : undefined;
}

/** A program `xdg-open` that goes where it is sent and keeps what it was shown last; with its environment. */
export function fakeBrowser(folder: Folder) {
  const bin = join(folder.path, 'bin');
  const shown = join(folder.path, 'shown.json');
  mkdirSync(bin, { recursive: true });
  const program = `#!${process.execPath}
const { writeFileSync, renameSync } = require('node:fs');
fetch(process.argv[2]).then(async (response) => {
  const page = { url: response.url, status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  writeFileSync('${shown}.new', JSON.stringify(page));
  renameSync('${shown}.new', '${shown}');
});
`;
  writeFileSync(join(bin, 'xdg-open'), program);
  chmodSync(join(bin, 'xdg-open'), 0o755);
  return {
    env: { ...terminal(folder), PATH: `${bin}:${process.env['PATH'] ?? ''}`, DISPLAY: ':7' },
    shown: () =>
      until(
        'the page that the browser ends at',
        () => (existsSync(shown) ? JSON.parse(readFileSync(shown, 'utf8')) : undefined),
        PATIENCE_MS,
      ),
  };
}

/** `login --no-browser`, until it has printed the address to open. */
export async function startLogin(folder: Folder, words: readonly string[]): Promise<Running & { address: string }> {
  const running = startCli(folder.path, ['login', ...words], terminal(folder), 'pipe');
  return { ...running, address: await addressOf(running) };
}

/** The address that a running login has printed. */
export async function addressOf(running: Running): Promise<string> {
  let err = '';
  running.child.stderr?.on('data', (text: string) => (err += text));
  return until('the address to open', () => /^ {2}(http\S+\/oauth2\/authorize\S+)$/m.exec(err)?.[1], PATIENCE_MS);
}

/** Types lines into it, and waits for its end. */
export function typed({ child, done }: Running, ...lines: readonly string[]): Promise<Ran> {
  child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  return within('the end of a login', done, PATIENCE_MS);
}

/** Somebody who is signed in at the peer's page. */
export async function signedIn(folder: Folder, peer: SignInPeer): Promise<void> {
  const running = await startLogin(folder, [peer.pageUrl, '--no-browser']);
  const { code, err } = await typed(running, await peer.browse(running.address));
  if (code !== 0) throw new Error(`the login did not work: ${err}`);
}
