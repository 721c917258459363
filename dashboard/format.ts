/** Numbers, units and times to text, in the viewer's own locale and zone. The only place that rounds. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Where a number is unknown; the reason stands beside it. */
export const DASH = '–';
/** Between number and unit: one unbreakable run. */
export const THIN_SPACE = '\u202f';

export type Shown = { readonly number: string; readonly unit: string };

/** A field's value as it stands on the page: so many digits that none is noise and the width stays the same. */
export function shown(field: string, value: number | string, unit: string): Shown {
  if (typeof value === 'string') return { number: value, unit };
  return { number: numberText(value, decimalsOf(field, unit, Math.abs(value))), unit };
}

/** One run of text, for titles and sentences. */
export function shownText(field: string, value: number | string, unit: string): string {
  const { number, unit: unitText } = shown(field, value, unit);
  return unitText === '' ? number : `${number}${THIN_SPACE}${unitText}`;
}

/** A number of a table of raw rows: as stored, short of float noise. */
export function rawText(value: number | string): string {
  if (typeof value === 'string') return value;
  return withMinus(formatter({ maximumFractionDigits: 4 }).format(value));
}

/** A whole number: readings, rows. */
export function countText(count: number): string {
  return formatter({ maximumFractionDigits: 0 }).format(count);
}

/** So many a second: as many digits as tell a slow battery from none. */
export function rateText(perS: number): string {
  return `${numberText(perS, perS === 0 || perS >= 99.5 ? 0 : perS >= 0.95 ? 1 : 2)}/s`;
}

/** A label of the power axis: as many decimals as its steps need, so that even steps have even labels. */
export function axisText(value: number, stepKw: number): string {
  if (value === 0) return '0';
  const needed = [0, 1, 2, 3].find(
    (decimals) => Math.abs(stepKw * 10 ** decimals - Math.round(stepKw * 10 ** decimals)) < 1e-6,
  );
  const decimals = needed ?? 4;
  return withMinus(formatter({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value));
}

function numberText(value: number, decimals: number): string {
  // -0.001 is "0.00", not "−0.00".
  const rounded = Number(value.toFixed(decimals)) === 0 ? 0 : value;
  return withMinus(formatter({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(rounded));
}

function decimalsOf(field: string, unit: string, magnitude: number): number {
  if (field.startsWith('cellVoltage')) return 3;
  switch (unit) {
    case 'kW':
      return magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
    case 'kWh':
      return magnitude < 999.95 ? 1 : 0;
    case 'V':
      return magnitude < 19.995 ? 2 : 1;
    case 'A':
    case '°C':
      return magnitude < 999.95 ? 1 : 0;
    default:
      return 0;
  }
}

/** How long ago, in the largest unit that fits; never rounded up to younger or older than it is. */
export function ageText(ageMs: number): string {
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / 1000)} s ago`;
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min ago`;
  if (ageMs < 2 * DAY_MS) return `${Math.floor(ageMs / HOUR_MS)} h ago`;
  return `${Math.floor(ageMs / DAY_MS)} days ago`;
}

/** A battery's period or a time until something: "10 s", "5 min". */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;
const TO_SECOND = { ...CLOCK, second: '2-digit' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;

export type Precision = 'minute' | 'second' | 'millisecond' | 'day';

/** Only the clock: the day is known from beside it. */
export function clockText(atMs: number, precision: 'minute' | 'second' = 'minute'): string {
  return dateText(atMs, precision === 'minute' ? CLOCK : TO_SECOND);
}

/** The clock, with the day in front unless that is today, and with the year unless that is this one. */
export function timeText(atMs: number, nowMs: number, precision: Precision = 'minute'): string {
  if (precision === 'day') return dayText(atMs, nowMs);
  const clock = {
    minute: CLOCK,
    second: TO_SECOND,
    millisecond: { ...TO_SECOND, fractionalSecondDigits: 3 } as const,
  }[precision];
  const isToday = dateText(atMs, DATE) === dateText(nowMs, DATE);
  return isToday ? dateText(atMs, clock) : `${dayText(atMs, nowMs)}, ${dateText(atMs, clock)}`;
}

/** With its day even if that is today, for where the talk is of other days. */
export function dayTimeText(atMs: number, nowMs: number): string {
  return `${dayText(atMs, nowMs)}, ${clockText(atMs)}`;
}

/** Begin and end, saying the day once where one is enough. */
export function rangeText(beginMs: number, endMs: number, nowMs: number): string {
  if (endMs - beginMs > 2 * DAY_MS) return `${dayText(beginMs, nowMs)} – ${dayText(endMs, nowMs)}`;
  const isOneDay = dateText(beginMs, DATE) === dateText(endMs, DATE);
  if (isOneDay) return `${timeText(beginMs, nowMs)} – ${clockText(endMs)}`;
  return `${dayTimeText(beginMs, nowMs)} – ${dayTimeText(endMs, nowMs)}`;
}

function dayText(atMs: number, nowMs: number): string {
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return dateText(atMs, isThisYear ? DAY : { ...DAY, year: 'numeric' });
}

const DATE = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;

function dateText(atMs: number, options: Intl.DateTimeFormatOptions): string {
  return cached(dateFormats, JSON.stringify(options), () => new Intl.DateTimeFormat(undefined, options)).format(atMs);
}

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached(numberFormats, JSON.stringify(options), () => new Intl.NumberFormat(undefined, options));
}

// Making a formatter costs a hundred times more than using it.
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function cached<Format>(formats: Map<string, Format>, key: string, make: () => Format): Format {
  const found = formats.get(key) ?? make();
  formats.set(key, found);
  return found;
}

function withMinus(text: string): string {
  return text.replace('-', '\u2212');
}

/** What a field is called on the page; an empty label where the unit says it all. In the order of telling. */
const LABELS: Readonly<Record<string, string>> = {
  charge: 'charge',
  discharge: 'discharge',
  power: 'power',
  soc: 'charge level',
  voltage: '',
  current: '',
  temperature: '',
  temperatureMin: 'coldest',
  temperatureMax: 'hottest',
  mosfetTemperature: 'electronics',
  ambientTemperature: 'air',
  cellVoltageMin: 'lowest cell',
  cellVoltageMax: 'highest cell',
  cellVoltageMinId: 'lowest is',
  cellVoltageMaxId: 'highest is',
  maxChargePower: 'limit ▲',
  maxDischargePower: 'limit ▼',
  storedEnergy: 'in store',
  energyCharged: 'counter in',
  energyDischarged: 'counter out',
  cycles: 'cycles, says the BMS',
  soh: 'health, says the BMS',
  state: 'it says',
};

export function labelOf(field: string): string {
  return LABELS[field] ?? spaced(field);
}

// How a device counts its messages says nothing of the battery.
const NOT_TOLD = ['seq', 'boot'];

/** Fields in the order in which they are told everywhere; those without a label of ours last, by name. */
export function inOrder(fields: readonly string[]): readonly string[] {
  const others = fields.filter((field) => !(field in LABELS) && !NOT_TOLD.includes(field)).sort();
  return [...Object.keys(LABELS).filter((field) => fields.includes(field)), ...others];
}

/** The head of a column, where no unit stands beside the number. */
export function columnOf(field: string): string {
  return (
    { voltage: 'voltage', current: 'current', temperature: 'temp.', soc: 'SoC', soh: 'SoH' }[field] ?? labelOf(field)
  );
}

function spaced(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
