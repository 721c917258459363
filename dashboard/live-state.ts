/** What the top of the page says: which value leads, what the battery does, and how far that can be believed. */
import type { KnownValue, Live } from './answers.ts';
import { clockText } from './format.ts';
import { judgeAgain, type Quality } from './quality.ts';

/** Below this the battery rests: a meter's noise is no charging. */
const IDLE_KW = 0.03;

/** Between this page and Amphora. */
export type Contact =
  | { readonly kind: 'ok' }
  /** The browser itself has no network. */
  | { readonly kind: 'offline'; readonly sinceMs: number | undefined }
  /** `sinceMs`: the last answer, by the server's clock; undefined: there was none yet. */
  | {
      readonly kind: 'unreachable';
      readonly sinceMs: number | undefined;
      readonly nextTryAtMs: number;
      readonly reason: string | undefined;
    }
  /** Amphora answered that this cannot be asked. */
  | { readonly kind: 'refused'; readonly reason: string };

export type Doing = 'charging' | 'discharging' | 'idle' | 'unknown';

/** A known value with its age and quality of this moment. */
export type Aged = KnownValue & { readonly field: string };

export type LiveState = {
  readonly battery: string;
  readonly periodS: number;
  readonly isSimulated: boolean;
  readonly doing: Doing;
  /** The signed power, if any is known. */
  readonly power: Aged | undefined;
  /** Power, or the newest of all values where no power is known. Undefined: no reading ever. */
  readonly lead: Aged | undefined;
  readonly agedByField: ReadonlyMap<string, Aged>;
};

export function liveState(live: Live, elapsedMs: number): LiveState {
  const aged = [...live.valueByField].flatMap(([field, value]): (readonly [string, Aged])[] =>
    value.kind === 'never' ? [] : [[field, { ...value, field, ...judgeAgain(value, elapsedMs, live.periodS) }]],
  );
  const agedByField = new Map(aged);
  const power = signedPower(agedByField);
  return {
    battery: live.battery,
    periodS: live.periodS,
    isSimulated: live.isSimulated,
    doing: doingOf(power),
    power,
    lead: power ?? newest([...agedByField.values()]),
    agedByField,
  };
}

// The API derives `power` where both sides are of one instant; a client of the demo's form sends one side at a time,
// and there one of the two speaks.
function signedPower(agedByField: ReadonlyMap<string, Aged>): Aged | undefined {
  const sent = agedByField.get('power');
  const charge = agedByField.get('charge');
  const discharge = agedByField.get('discharge');
  const newer = newest([charge, discharge].filter((value) => value !== undefined));
  if (sent !== undefined && (newer === undefined || sent.atMs >= newer.atMs)) return sent;
  const side = leadingSide(newer, newer === charge ? discharge : charge);
  if (side === undefined || typeof side.value === 'string') return undefined;
  // Not `-value`: nobody reads a negative zero as rest.
  return { ...side, field: 'power', value: side === discharge ? 0 - side.value : side.value };
}

// A value above 0 says that the other side rests; a zero implies nothing about it.
function leadingSide(newer: Aged | undefined, other: Aged | undefined): Aged | undefined {
  const isOtherFlowing = other?.quality === 'live' && other.value !== 0;
  return newer?.value === 0 && isOtherFlowing ? other : newer;
}

function newest(values: readonly Aged[]): Aged | undefined {
  return values.reduce<Aged | undefined>(
    (best, value) => (best !== undefined && best.atMs >= value.atMs ? best : value),
    undefined,
  );
}

function doingOf(power: Aged | undefined): Doing {
  if (typeof power?.value !== 'number') return 'unknown';
  if (Math.abs(power.value) < IDLE_KW) return 'idle';
  return power.value > 0 ? 'charging' : 'discharging';
}

/**
 * `data-state` of the top block, the whole list:
 * loading      nothing answered yet
 * live, late, stale   the leading value's quality; its numbers are in ink but for stale
 * never        the battery has no reading
 * unreachable  no answer from Amphora; all numbers grey
 * offline      the browser has no network; all numbers grey
 * refused      the question itself is wrong, e.g. a battery id that cannot be
 * Beside it `data-doing` (charging, discharging, idle, unknown) and `data-simulated` (true on a simulated battery).
 */
export type TopState = 'loading' | Quality | 'never' | 'unreachable' | 'offline' | 'refused';

export function topState(contact: Contact, state: LiveState | undefined): TopState {
  if (contact.kind !== 'ok') return contact.kind;
  if (state === undefined) return 'loading';
  return state.lead?.quality ?? 'never';
}

/** No contact: whatever is shown is of before. */
export function isOld(contact: Contact): boolean {
  return contact.kind === 'offline' || contact.kind === 'unreachable';
}

/** Without what changes every second: this is spoken once. */
export function contactSentence(contact: Contact): string {
  switch (contact.kind) {
    case 'ok':
      return '';
    case 'offline':
      return 'This device is offline';
    case 'unreachable': {
      // With a reason it did answer: that it has no values to give, as when its database is away.
      const what = contact.reason === undefined ? 'No answer from Amphora' : 'No values from Amphora';
      return contact.sinceMs === undefined ? `${what} yet` : `${what} since ${clockText(contact.sinceMs)}`;
    }
    case 'refused':
      return contact.reason;
  }
}
