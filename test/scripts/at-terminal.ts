/** A script of `scripts/` at a terminal of its own, with a person who presses one key at its question. */
import { spawn } from 'node:child_process';
import { ownCdkHome, ROOT } from '../end-to-end/process.ts';

export type Pressed = { readonly code: number | null; readonly out: string };

export const KEYS = [
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
] as const;

/** Both streams as the terminal shows them. It is ended when the signal says so. */
export async function pressedAtQuestion(
  key: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Pressed> {
  const command = [process.execPath, ...words].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...ownCdkHome(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  });
  let out = '';
  let isPressed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (isPressed || !out.includes('(y/N)')) return;
    isPressed = true;
    child.stdin.write(key);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}
