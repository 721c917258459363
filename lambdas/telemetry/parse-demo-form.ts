/** The original demo's form: one side's power with a unit of its own, for the default battery. */
import { type ParsedReading, parseReading, type ReadingRules } from './parse-reading.ts';
import type { DemoSide } from './topics.ts';

export type DemoForm =
  | {
      readonly ok: true;
      /** The sender's digits, their exponent moved: the float nearest to them in kW. */
      readonly powerKw: number;
      /** The sender's own number and unit, for the echo and the topic. */
      readonly numberText: string;
      readonly unit: Unit;
    }
  | { readonly ok: false; readonly kind: 'missing' | 'invalid'; readonly reason: string };

export type DemoBody = { readonly value: unknown; readonly numberTexts: ReadonlyMap<string, string> };

const UNIT_EXPONENTS = { W: -3, kW: 0, MW: 3 } as const;
type Unit = keyof typeof UNIT_EXPONENTS;

const MAX_POWER_KW = 10_000;
// The sender's digits go on to the topic as they are; 17 say all that a float holds.
const MAX_NUMBER_CHARS = 100;

/** Whether the body is an object with members at all. */
export function isEmptyBody(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

export function parseDemoForm(body: DemoBody, side: DemoSide): DemoForm {
  const members = membersOf(body.value);
  if (!Object.hasOwn(members, side)) return { ok: false, kind: 'missing', reason: `Missing '${side}' field` };
  const unit = members['unit'] ?? 'kW';
  if (!isUnit(unit)) return invalid(`'unit' must be W, kW or MW, not ${JSON.stringify(unit).slice(0, 32)}`);
  const numberText = body.numberTexts.get(side);
  if (numberText === undefined) return invalid(`'${side}' must be a number, 0 to ${MAX_POWER_KW} kW`);
  if (numberText.length > MAX_NUMBER_CHARS)
    return invalid(`'${side}' has ${numberText.length} characters; send a number of at most ${MAX_NUMBER_CHARS}`);
  const powerKw = shiftDecimal(numberText, UNIT_EXPONENTS[unit]);
  if (!(powerKw >= 0 && powerKw <= MAX_POWER_KW)) {
    return invalid(
      `'${side}' must be a finite number, 0 to ${MAX_POWER_KW} kW; it was ${numberText.slice(0, 32)} ${unit}`,
    );
  }
  return { ok: true, powerKw, numberText, unit };
}

/** The demo's form to a Reading; members other than the side, `unit` and `timestamp` are told by `extraFields`. */
export function demoReading(body: DemoBody, side: DemoSide, rules: ReadingRules): ParsedReading {
  const form = parseDemoForm(body, side);
  if (!form.ok) return { ok: false, reason: form.reason, rejections: [] };
  const timestamp = membersOf(body.value)['timestamp'];
  return parseReading({ [side]: form.powerKw, ...(timestamp === undefined ? {} : { timestamp }) }, rules);
}

/** Members that the demo's form does not have. */
export function extraFields(body: DemoBody, side: DemoSide): readonly string[] {
  return Object.keys(membersOf(body.value)).filter((key) => ![side, 'unit', 'timestamp'].includes(key));
}

// Units are powers of ten: moving the exponent of the sender's own digits is exact, `MW × 1000` in floats is not.
function shiftDecimal(numberText: string, exponent: number): number {
  const [digits = '', own = '0'] = numberText.toLowerCase().split('e');
  return Number(`${digits}e${Number(own) + exponent}`);
}

function isUnit(unit: unknown): unit is Unit {
  return typeof unit === 'string' && Object.hasOwn(UNIT_EXPONENTS, unit);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function invalid(reason: string): DemoForm {
  return { ok: false, kind: 'invalid', reason };
}
