/**
 * The one Reading type. Units are fixed by field name (FIELD_UNITS of fields.generated.ts; kW, V, A, %, °C, kWh).
 * Signs: `charge` and `discharge` are both >= 0; `current` is + when it charges. `power` never stands in a Reading: at the
 * door it becomes the active side of the pair.
 */

/** Why one field of a sample was not stored. */
export type FieldRejection = {
  readonly field: string;
  /** `range`: right type, impossible value. `conflict`: contradicts another field. `type` and `unknown`: not the schema's. */
  readonly kind: 'range' | 'conflict' | 'type' | 'unknown';
  readonly reason: string;
};

// A message may have ten thousand faults; a queue, a log line and a reader have not that much room.
const MAX_TOLD_REASONS = 10;

/** Reasons as one sentence. */
export function toldReasons(reasons: readonly string[]): string {
  const more = reasons.length - MAX_TOLD_REASONS;
  return reasons.slice(0, MAX_TOLD_REASONS).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

export type AlarmLevel = 0 | 1 | 2;

export type Reading = {
  /** When it was measured, milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** True when that time is the one of receipt, for want of the device's own. */
  readonly received: boolean;
  /** The parsed fields as sent, `power` split, before any range rejection: what a repeat is told by. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** Accepted fields of measurement `battery`, in their fixed units; `state` as its code. */
  readonly fields: Readonly<Record<string, number | string>>;
  /** Volt per cell, in order. */
  readonly cells?: readonly number[];
  /** Every alarm name to 0 ok, 1 warning, 2 alarm. */
  readonly alarms?: Readonly<Record<string, AlarmLevel>>;
  readonly rejections: readonly FieldRejection[];
};

export const ALARM_NAMES = [
  'communicationError',
  'overTemperature',
  'underTemperature',
  'overChargeCurrent',
  'overDischargeCurrent',
  'overVoltage',
  'underVoltage',
  'lowSoc',
  'highSoc',
  'voltageImbalance',
  'temperatureImbalance',
  'currentImbalance',
  'contactorError',
  'fanError',
  'groundFault',
  'doorOpen',
  'configuration',
  'other',
] as const;
