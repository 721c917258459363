/** Opening the browser of this machine. Whether it did is not known: the address is printed in any case. */
import { spawn } from 'node:child_process';
import type { Io } from '../command.ts';

/** False where there is nothing to open it on. */
export function openBrowser(address: string, { platform, env }: Pick<Io, 'platform' | 'env'>): boolean {
  const [program, ...words] = openerOf(platform);
  // Without a display xdg-open would start a browser of the terminal, which nobody sees.
  const hasDisplay = isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']);
  if (program === undefined || (program === 'xdg-open' && !hasDisplay)) return false;
  // No shell: the address is one word, whatever stands in it.
  const child = spawn(program, [...words, address], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined); // Not installed.
  child.unref();
  return true;
}

function openerOf(platform: string): readonly string[] {
  if (platform === 'darwin') return ['open'];
  // `start` belongs to cmd, to which & in an address would be the end of a command.
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open'];
}

const isSet = (text: string | undefined): boolean => text !== undefined && text !== '';
