/** The ID behind a command's name. */
import { parseBatteryId } from '../../lambdas/batteries/battery.ts';
import { type Refusal, refusal } from '../command.ts';

/** Checked as every door checks it. */
export function batteryArgument(
  positionals: readonly string[],
  command: string,
): { readonly ok: true; readonly id: string } | Refusal {
  const [text] = positionals;
  if (text === undefined) return refusal(`name the battery, as in ./amphora ${command} garage`);
  const parsed = parseBatteryId(text);
  return parsed.ok ? parsed : refusal(parsed.reason);
}
