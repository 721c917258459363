/** Where this user's logins are kept: not in a data folder, which belongs to one Amphora. */
import { isAbsolute, join } from 'node:path';
import type { Io } from '../command.ts';

export function configFolder({ env, homeFolder, platform }: Pick<Io, 'env' | 'homeFolder' | 'platform'>): string {
  const xdg = env['XDG_CONFIG_HOME'];
  // The XDG specification: a relative path is invalid and to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'amphora');
  return platform === 'darwin'
    ? join(homeFolder, 'Library', 'Application Support', 'Amphora')
    : join(homeFolder, '.config', 'amphora');
}
