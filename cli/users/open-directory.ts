/** Which users are meant: a stack's, or those of the Amphora on this machine. */
import type { Arguments, Io, Refusal } from '../command.ts';
import { whichAmphora } from '../which-amphora.ts';
import type { Directory } from './directory.ts';

export async function openDirectory(
  args: Arguments,
  io: Io,
): Promise<{ readonly ok: true; readonly directory: Directory } | Refusal> {
  const which = whichAmphora(args);
  if (!which.ok) return which;
  if (which.kind === 'local') {
    const { localDirectory } = await import('./local-directory.ts');
    return { ok: true, directory: await localDirectory(which.dataDir, io) };
  }
  // The SDK, which nobody else needs.
  const { stackDirectory } = await import('./stack-directory.ts');
  return { ok: true, directory: await stackDirectory(which.stack, { isMailing: !args.switches.has('no-mail') }) };
}
