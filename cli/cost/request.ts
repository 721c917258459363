/** What is asked of `./amphora cost`, from its words. */
import { type Assume, assuming } from '../../cost/assumptions.ts';
import type { Load } from '../../cost/load.ts';
import { SETTING_KEYS } from '../../lib/settings.ts';
import { type Arguments, type Refusal, refusal } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { closest } from '../suggest.ts';
import type { Settings } from './stack-inventories.ts';

export type CostRequest = {
  readonly ok: true;
  readonly load: Omit<Load, 'minPollSeconds'>;
  readonly assume: Assume;
  readonly settings: Settings;
};

export const MOST_BATTERIES = 1_000_000;
export const MOST_VIEWERS = 100_000;
/** As the API takes them. */
export const MOST_PER_MESSAGE = 500;
const LEAST_PERIOD_MS = 10;
const MOST_PERIOD_MS = 24 * 3_600_000;

/** Settings under which there is nothing to ask AWS for, or that the two columns are about. */
const NOT_HERE = new Map([
  ['ingest', 'both modes are shown, direct and buffered'],
  ['store', 'on AWS there is only store influxdb'],
  ['stage', 'an emulator costs nothing'],
  ['emulatorUrl', 'an emulator costs nothing'],
]);

export function costRequest({ texts, positionals }: Arguments): CostRequest | Refusal {
  const batteries = wholeNumber(texts.get('batteries') ?? '1', 1, MOST_BATTERIES);
  if (batteries === undefined) return wrong('batteries', `a whole number, 1 to ${MOST_BATTERIES}`, texts);
  const periodText = texts.get('period') ?? '10s';
  const periodMs = parseDuration(/^\d+(\.\d+)?$/.test(periodText) ? `${periodText}s` : periodText);
  if (periodMs === undefined || periodMs < LEAST_PERIOD_MS || periodMs > MOST_PERIOD_MS)
    return wrong('period', 'seconds, or a number with ms, s, m or h, from 10ms to 24h', texts);
  const perMessage = wholeNumber(texts.get('per-message') ?? '1', 1, MOST_PER_MESSAGE);
  if (perMessage === undefined) return wrong('per-message', `a whole number, 1 to ${MOST_PER_MESSAGE}`, texts);
  const viewers = wholeNumber(texts.get('viewers') ?? '1', 0, MOST_VIEWERS);
  if (viewers === undefined) return wrong('viewers', `a whole number, 0 to ${MOST_VIEWERS}`, texts);
  const via = texts.get('via') ?? 'mqtt';
  if (via !== 'mqtt' && via !== 'http') return wrong('via', 'mqtt or http', texts);
  const assumed = assuming(texts.get('assume'));
  if (!assumed.ok) return refusal(`--assume: ${assumed.reason}`);
  const settings = settingsOf(positionals);
  if ('sentence' in settings) return settings;
  const load: CostRequest['load'] = { batteries, periodS: periodMs / 1000, perMessage, viewers, via };
  return { ok: true, load, assume: assumed.assume, settings: settings.given };
}

function wrong(flag: string, wanted: string, texts: Arguments['texts']): Refusal {
  return refusal(`--${flag} must be ${wanted}, not '${texts.get(flag) ?? ''}'`);
}

function wholeNumber(text: string, from: number, to: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= from && number <= to ? number : undefined;
}

/** `key=value`, as `npm run deploy -- -c` takes them. Their values are judged by the stack itself. */
function settingsOf(words: readonly string[]): { readonly given: Settings } | Refusal {
  const given: Record<string, string> = {};
  for (const word of words) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || value === undefined)
      return refusal(`'${word}' is no setting; give key=value, as in alarms=false`);
    const why = NOT_HERE.get(key);
    if (why !== undefined) return refusal(`setting ${key} is not for ./amphora cost: ${why}`);
    if (!SETTING_KEYS.includes(key)) {
      const close = closest(key, SETTING_KEYS);
      return refusal(
        `there is no setting '${key}'; ${close === undefined ? 'docs/settings.md has all of them' : `did you mean ${close}?`}`,
      );
    }
    if (Object.hasOwn(given, key)) return refusal(`setting ${key} is given twice`);
    given[key] = value;
  }
  return { given };
}
