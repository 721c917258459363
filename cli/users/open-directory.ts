/** Which users are meant: a stack's, or those of the Amphora on this machine. */
import { type Arguments, type Io, type Refusal, refusal } from '../command.ts';
import type { Directory } from './directory.ts';

export async function openDirectory(
  args: Arguments,
  io: Io,
): Promise<{ readonly ok: true; readonly directory: Directory } | Refusal> {
  const { texts, switches } = args;
  const stackName = texts.get('stack');
  const region = texts.get('region');
  if (stackName === undefined) {
    if (region !== undefined) return refusal('--region is for a stack on AWS; give --stack NAME with it');
    const { localDirectory } = await import('./local-directory.ts');
    return { ok: true, directory: await localDirectory(texts.get('data'), io) };
  }
  if (texts.has('data')) return refusal('--stack and --data name two different Amphoras; give one of them');
  // The SDK, which nobody else needs.
  const { stackDirectory } = await import('./stack-directory.ts');
  const place = { stackName, ...(region === undefined ? {} : { region }) };
  return { ok: true, directory: await stackDirectory(place, { isMailing: !switches.has('no-mail') }) };
}
