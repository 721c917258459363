// Made by `npm run validators` from reading.schema.json; do not edit.
/** A sample as a device may send it; units in fields.generated.ts, ranges in reading.schema.json. */
export type SampleFields = {
  readonly timestamp?: string | number;
  readonly received?: boolean;
  readonly charge?: number;
  readonly discharge?: number;
  readonly power?: number;
  readonly voltage?: number;
  readonly current?: number;
  readonly soc?: number;
  readonly soh?: number;
  readonly temperature?: number;
  readonly temperatureMin?: number;
  readonly temperatureMax?: number;
  readonly mosfetTemperature?: number;
  readonly ambientTemperature?: number;
  readonly cellVoltageMin?: number;
  readonly cellVoltageMax?: number;
  readonly cellVoltageMinId?: string;
  readonly cellVoltageMaxId?: string;
  readonly cells?: readonly unknown[];
  readonly energyCharged?: number;
  readonly energyDischarged?: number;
  readonly cycles?: number;
  readonly storedEnergy?: number;
  readonly maxChargePower?: number;
  readonly maxDischargePower?: number;
  readonly state?: 'off' | 'empty' | 'discharging' | 'charging' | 'full' | 'holding' | 'testing' | 'fault' | 'unknown';
  readonly alarms?: readonly unknown[];
  readonly seq?: number;
  readonly boot?: string;
};
export type FieldError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
};
export const validateSample: {
  (data: unknown): data is SampleFields;
  errors: readonly FieldError[] | null;
};
