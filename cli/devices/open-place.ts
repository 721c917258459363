/** The place of the Amphora that a command means. */
import type { Arguments, Io, Refusal } from '../command.ts';
import { whichAmphora } from '../which-amphora.ts';
import type { DevicePlace } from './place.ts';

/** `isToAdd`: makes what is not there yet. */
export async function openPlace(
  args: Arguments,
  io: Io,
  { isToAdd }: { readonly isToAdd: boolean },
): Promise<{ readonly ok: true; readonly place: DevicePlace } | Refusal> {
  const which = whichAmphora(args);
  if (!which.ok) return which;
  if (which.kind === 'local') {
    const { localPlace } = await import('./local-place.ts');
    return localPlace(which.dataDir, io, isToAdd);
  }
  // The SDK, which nobody else needs.
  const { stackPlace } = await import('./stack-place.ts');
  return { ok: true, place: await stackPlace(which.stack) };
}
