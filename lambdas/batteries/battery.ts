/** Battery ids, as every door takes them. Source: the topic rules of AWS IoT, where an id is one topic level. */

/** What an id must match, at every door. */
export const BATTERY_ID_PATTERN = '^[a-z0-9][a-z0-9_-]{0,63}$';

/** The same in words, after "must be"; printed in the refusal. */
export const BATTERY_ID_WORDS = 'a-z, 0-9, _ and -, beginning with a letter or digit, at most 64';

/** The battery of the original demo's routes and topics, which name none. */
export const DEFAULT_BATTERY = 'default';

/** The simulated battery of the local runtime. Nobody else may write to it. */
export const DEMO_BATTERY = 'demo';

// `battery/charge` and `battery/discharge` are the demo's own topics.
const RESERVED = ['charge', 'discharge'];
const pattern = new RegExp(BATTERY_ID_PATTERN);

export type BatteryId = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string };

/** An id as text to an id, or the sentence that says why not. */
export function parseBatteryId(text: string): BatteryId {
  if (RESERVED.includes(text)) {
    return { ok: false, reason: `battery id '${text}' is reserved for the topic of that name; take another id` };
  }
  if (pattern.test(text)) return { ok: true, id: text };
  const lower = text.toLowerCase();
  const isFree = lower !== text && pattern.test(lower) && !RESERVED.includes(lower);
  const hint = isFree ? `; did you mean '${lower}'?` : '';
  return { ok: false, reason: `battery id '${shown(text)}' must be ${BATTERY_ID_WORDS}${hint}` };
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
