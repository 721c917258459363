/** `unknown` to Reading, or the reason why not: the only place where a sample's content is judged. */

import { FIELD_UNITS, FIELDS, STATES } from './fields.generated.ts';
import { formatInstant, parseInstant, type WithoutOffset } from './instant.ts';
import { type FieldError, validateSample } from './reading.generated.js';
import { ALARM_NAMES, type AlarmLevel, type FieldRejection, type Reading, toldReasons } from './reading.ts';

export type ParsedReading =
  | { readonly ok: true; readonly reading: Reading }
  | { readonly ok: false; readonly reason: string; readonly rejections: readonly FieldRejection[] };

export type ReadingRules = {
  /** The time of receipt: stamps what has no time, and bounds what lies ahead. */
  readonly receivedAtMs: number;
  readonly withoutOffset?: WithoutOffset;
};

type Members = Readonly<Record<string, unknown>>;

const MAX_CLOCK_LEAD_MS = 5 * 60_000;
// A full battery's BMS may say 102 %; more than that is no state of charge.
const MAX_SOC_PCT = 100;
/** `power` may differ from charge − discharge by the larger of these. */
const POWER_TOLERANCE_KW = 0.05;
const POWER_TOLERANCE_SHARE = 0.02;
const NOT_MEASURED = new Set(['timestamp', 'received', 'seq', 'boot']);

/** One sample of one battery. Out-of-range fields are rejected, the rest is kept; with nothing left, all is. */
export function parseReading(value: unknown, rules: ReadingRules): ParsedReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failed(`a sample must be a JSON object, not ${nameOf(value)}`);
  }
  // null counts as absent.
  const sample = without({ ...value }, (_, member) => member === null);
  const rejections = [...fieldRejections(sample)];
  const instant = timeOf(sample, rejections, rules);
  if (!instant.ok) return failed(instant.reason, rejections);

  // A set: a message may have ten thousand unknown fields, and to look each up in a list took seconds.
  const wrong = new Set(rejections.filter(({ kind }) => kind !== 'range').map(({ field }) => field));
  const wellTyped = without(sample, (field) => wrong.has(field));
  const { sent, conflict } = splitPower(wellTyped);
  if (conflict !== undefined) rejections.push(conflict);
  const outOfRange = new Set(rejections.filter(({ kind }) => kind === 'range').map(({ field }) => field));
  // A power out of range takes the side that it became with it, but never a side that was sent beside it.
  if (outOfRange.has('power')) outOfRange.add(sideOf(wellTyped['power']));
  const accepted = without(sent, (field) => outOfRange.has(field) && !isSentBeside(field, wellTyped));
  if (Object.keys(accepted).every((field) => NOT_MEASURED.has(field)))
    return failed(nothingLeft(rejections), rejections);
  return { ok: true, reading: readingOf(instant, sent, accepted, rejections) };
}

/** The same object where nothing is left out, as nearly always: to make one of its entries takes longer than all checks. */
function without(members: Members, isOut: (field: string, member: unknown) => boolean): Members {
  for (const field in members)
    if (isOut(field, members[field]))
      return Object.fromEntries(Object.entries(members).filter(([name, member]) => !isOut(name, member)));
  return members;
}

function failed(reason: string, rejections: readonly FieldRejection[] = []): ParsedReading {
  return { ok: false, reason, rejections };
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return `a ${typeof value}`;
}

function nothingLeft(rejections: readonly FieldRejection[]): string {
  return rejections.length === 0
    ? 'the sample has no measured field; send at least one, such as charge, power or soc'
    : toldReasons(rejections.map(({ reason }) => reason));
}

function fieldRejections(sample: Members): readonly FieldRejection[] {
  if (validateSample(sample)) return [];
  const byField = new Map<string, FieldRejection>();
  for (const error of validateSample.errors ?? []) {
    const rejection = rejectionOf(sample, error);
    // Of several errors of one field the wrong type counts more than the range.
    if (byField.get(rejection.field)?.kind !== 'type') byField.set(rejection.field, rejection);
  }
  return [...byField.values()];
}

function rejectionOf(sample: Members, error: FieldError): FieldRejection {
  if (error.keyword === 'additionalProperties') return unknownField(String(error.params['additionalProperty']));
  const field = error.instancePath.split('/')[1] ?? '';
  const rule = ruleOf(field, error);
  const isRange = (error.keyword === 'minimum' || error.keyword === 'maximum') && Number.isFinite(sample[field] ?? 0);
  const kind = isRange || (field === 'cells' && error.keyword !== 'type') ? 'range' : 'type';
  return { field, kind, reason: `'${field}' ${rule}` };
}

function ruleOf(field: string, error: FieldError): string {
  const unit = FIELD_UNITS[field] === undefined ? '' : ` ${FIELD_UNITS[field]}`;
  switch (error.keyword) {
    case 'minimum':
      return `must be at least ${String(error.params['limit'])}${unit}`;
    case 'maximum':
      return `must be at most ${String(error.params['limit'])}${unit}`;
    case 'enum':
      return `must be one of ${STATES.join(', ')}`;
    case 'pattern':
      return field === 'alarms'
        ? "must list 'name:warning' or 'name:alarm' with the names of the API description"
        : `must match ${String(error.params['pattern'])}`;
    case 'type':
      return `must be ${typesOf(error)}${unit === '' ? '' : ` in${unit}`}`;
    case 'minItems':
      return `must have at least ${String(error.params['limit'])} in it`;
    case 'maxItems':
      return `must have at most ${String(error.params['limit'])} in it`;
    default:
      return 'is not as the API description says';
  }
}

const ARTICLES: Readonly<Record<string, string>> = { integer: 'an integer', array: 'an array' };

function typesOf(error: FieldError): string {
  const type = error.params['type'];
  const types = (Array.isArray(type) ? type : [type]).map((one) => ARTICLES[String(one)] ?? `a ${String(one)}`);
  return types.join(' or ') + (error.instancePath.split('/').length > 2 ? ' in every place' : '');
}

function unknownField(field: string): FieldRejection {
  const near = FIELDS.find((known) => known.toLowerCase() === field.toLowerCase());
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  return { field, kind: 'unknown', reason: `'${field.slice(0, 64)}' is not a field of a sample${hint}` };
}

type SampleTime =
  | { readonly ok: true; readonly atMs: number; readonly received: boolean }
  | { readonly ok: false; readonly reason: string };

function timeOf(sample: Members, rejections: readonly FieldRejection[], rules: ReadingRules): SampleTime {
  const wrong = rejections.find(({ field }) => field === 'timestamp');
  if (wrong !== undefined) return { ok: false, reason: wrong.reason };
  if (sample['timestamp'] === undefined) return { ok: true, atMs: rules.receivedAtMs, received: true };
  const instant = parseInstant(sample['timestamp'], rules.withoutOffset ?? 'refuse');
  if (!instant.ok) return instant;
  if (instant.atMs > rules.receivedAtMs + MAX_CLOCK_LEAD_MS) {
    return {
      ok: false,
      reason: `timestamp ${formatInstant(instant.atMs)} is more than 5 minutes ahead; set the device's clock`,
    };
  }
  return { ok: true, atMs: instant.atMs, received: sample['received'] === true };
}

/** `power` becomes the active side; beside the pair it is only compared with it. */
function splitPower(sample: Members): { readonly sent: Members; readonly conflict?: FieldRejection } {
  const { power, timestamp: _time, received: _mark, ...sent } = sample;
  if (typeof power !== 'number') return { sent };
  const { charge, discharge } = sent;
  if (charge === undefined && discharge === undefined) return { sent: { ...sent, [sideOf(power)]: Math.abs(power) } };
  const pairKw = (typeof charge === 'number' ? charge : 0) - (typeof discharge === 'number' ? discharge : 0);
  const toleranceKw = Math.max(POWER_TOLERANCE_KW, POWER_TOLERANCE_SHARE * Math.abs(pairKw));
  if (Math.abs(power - pairKw) <= toleranceKw) return { sent };
  const reason = `'power' ${power} kW differs from charge − discharge, ${pairKw} kW; the pair counts`;
  return { sent, conflict: { field: 'power', kind: 'conflict', reason } };
}

function isSentBeside(field: string, sample: Members): boolean {
  const isOutOfRange = typeof sample[field] !== 'number' || sample[field] < 0 || sample[field] > 10_000;
  return 'power' in sample && (field === 'charge' || field === 'discharge') && field in sample && !isOutOfRange;
}

function sideOf(power: unknown): 'charge' | 'discharge' {
  return typeof power === 'number' && power < 0 ? 'discharge' : 'charge';
}

function readingOf(
  time: { readonly atMs: number; readonly received: boolean },
  sent: Members,
  accepted: Members,
  rejections: readonly FieldRejection[],
): Reading {
  const { cells, alarms, ...scalars } = accepted;
  const fields = Object.entries(scalars).flatMap(([field, value]) => {
    const stored = storedValue(field, value);
    return stored === undefined ? [] : [[field, stored] as const];
  });
  return {
    atMs: time.atMs,
    received: time.received,
    sent,
    fields: Object.fromEntries(fields),
    ...(Array.isArray(cells) ? { cells: cells.filter((voltageV) => typeof voltageV === 'number') } : {}),
    ...(Array.isArray(alarms) ? { alarms: alarmLevels(alarms) } : {}),
    rejections,
  };
}

function storedValue(field: string, value: unknown): number | string | undefined {
  if (field === 'soc' && typeof value === 'number') return Math.min(value, MAX_SOC_PCT);
  if (field === 'state') return STATES.indexOf(String(value)) + 1;
  // -0 and 0 are one value on every database.
  if (typeof value === 'number') return value === 0 ? 0 : value;
  return typeof value === 'string' ? value : undefined;
}

function alarmLevels(sent: readonly unknown[]): Readonly<Record<string, AlarmLevel>> {
  const level = (name: string): AlarmLevel => {
    if (sent.includes(`${name}:alarm`)) return 2;
    return sent.includes(`${name}:warning`) ? 1 : 0;
  };
  return Object.fromEntries(ALARM_NAMES.map((name) => [name, level(name)]));
}
