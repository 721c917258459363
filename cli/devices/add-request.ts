/** What ./amphora add-battery is asked for. */
import { resolve } from 'node:path';
import { DEFAULT_BATTERY, DEMO_BATTERY } from '../../lambdas/batteries/battery.ts';
import { type Arguments, type Io, type Refusal, refusal } from '../command.ts';
import { batteryArgument } from './battery-argument.ts';
import { deviceFolderName } from './device-files.ts';

export const DEFAULT_WAIT_S = 300;
const MAX_WAIT_S = 24 * 3600;

export type AddRequest = {
  readonly ok: true;
  readonly battery: string;
  readonly out: string;
  readonly waitMs: number;
  readonly demoTopics: boolean;
  readonly isFurther: boolean;
};

export function addRequest({ positionals, texts, switches }: Arguments, io: Io): AddRequest | Refusal {
  const battery = batteryArgument(positionals, 'add-battery');
  if (!battery.ok) return battery;
  const { id } = battery;
  if (id === DEMO_BATTERY)
    return refusal(`battery id '${id}' is reserved for the simulated battery of ./amphora start; take another id`);
  const demoTopics = switches.has('demo-topics');
  if (demoTopics && id !== DEFAULT_BATTERY) {
    return refusal(
      `--demo-topics is for the battery '${DEFAULT_BATTERY}': what comes on those topics is stored as its readings. Leave it out, or register '${DEFAULT_BATTERY}'`,
    );
  }
  const waitText = texts.get('wait') ?? `${DEFAULT_WAIT_S}`;
  const waitS = /^\d{1,5}(\.\d+)?$/.test(waitText) ? Number(waitText) : Number.NaN;
  if (!(waitS <= MAX_WAIT_S))
    return refusal(`--wait must be a number of seconds from 0 to ${MAX_WAIT_S}, not '${waitText}'`);
  const out = resolve(io.folder, texts.get('out') ?? deviceFolderName(id));
  const isFurther = switches.has('new-certificate');
  return { ok: true, battery: id, out, waitMs: waitS * 1000, demoTopics, isFurther };
}
