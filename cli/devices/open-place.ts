/** --stack, --region and --data to the place that they name. */
import { type Arguments, type Io, type Refusal, refusal } from '../command.ts';
import type { DevicePlace } from './place.ts';

/** `isToAdd`: makes what is not there yet. */
export async function openPlace(
  args: Arguments,
  io: Io,
  { isToAdd }: { readonly isToAdd: boolean },
): Promise<{ readonly ok: true; readonly place: DevicePlace } | Refusal> {
  const { texts } = args;
  const stackName = texts.get('stack');
  const region = texts.get('region');
  if (stackName === undefined) {
    if (region !== undefined) return refusal('--region is for a stack on AWS; give --stack NAME with it');
    const { localPlace } = await import('./local-place.ts');
    return localPlace(texts.get('data'), io, isToAdd);
  }
  if (texts.has('data')) return refusal('--stack and --data name two different Amphoras; give one of them');
  // The SDK, which nobody else needs.
  const { stackPlace } = await import('./stack-place.ts');
  return { ok: true, place: await stackPlace({ stackName, ...(region === undefined ? {} : { region }) }) };
}
