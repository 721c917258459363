/** `--battery ID`, checked as every door checks it. */
import { BATTERY_ID_WORDS, DEMO_BATTERY, parseBatteryId } from '../lambdas/batteries/battery.ts';
import { type Arguments, type Flag, type Refusal, refusal } from './command.ts';

export const BATTERY_FLAG: Flag = {
  name: 'battery',
  value: 'ID',
  meaning: `the battery to write to (required): ${BATTERY_ID_WORDS}`,
};

export function batteryFlag(args: Arguments): { readonly ok: true; readonly id: string } | Refusal {
  const text = args.texts.get('battery');
  if (text === undefined)
    return refusal('--battery ID is missing; name the battery to write to, as in --battery garage');
  const parsed = parseBatteryId(text);
  if (!parsed.ok) return refusal(parsed.reason);
  return parsed.id === DEMO_BATTERY
    ? refusal(`battery id '${DEMO_BATTERY}' is reserved for the simulated battery of ./amphora start; take another id`)
    : parsed;
}
