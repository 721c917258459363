/**
 * What the suite runs against, chosen by AMPHORA_TARGET: the local runtime on either database, the deployed stack in an
 * emulator, or by `npm run accept:aws` a stack that is there: made for the suite, or in use.
 */
import { describe } from '@jest/globals';

const TARGETS = ['sqlite', 'influxdb', 'emulator', 'aws', 'aws-in-use'] as const;

export type Target = (typeof TARGETS)[number];

export const TARGET: Target = targetNamed(process.env['AMPHORA_TARGET'] ?? 'sqlite');

export const INGEST_MODES = ['direct', 'buffered'] as const;

export type IngestMode = (typeof INGEST_MODES)[number];

/** Of a local runtime, chosen by AMPHORA_INGEST. */
export const INGEST: IngestMode = process.env['AMPHORA_INGEST'] === 'buffered' ? 'buffered' : 'direct';

/** Where the local runtime is what runs. */
export const LOCAL = ['sqlite', 'influxdb'] as const;

/** Where all that is stored, kept and logged is the suite's own. */
export const OWN = ['sqlite', 'influxdb', 'emulator', 'aws'] as const;

/** Where the database is the suite's to take away. */
export const BREAKABLE = ['sqlite', 'influxdb', 'emulator'] as const;

/** Tests of what is there on these targets only. On the others they stand as skipped ones, below a title that says why. */
export function onTargets(targets: readonly Target[], why: string, tests: () => void): void {
  if (targets.includes(TARGET)) tests();
  else describe.skip(`not on ${TARGET}, for it is about ${why}:`, tests);
}

/** Tests of what is so in one mode of ingest only. */
export function onIngest(mode: IngestMode, why: string, tests: () => void): void {
  if (INGEST === mode) tests();
  else describe.skip(`not with ingest ${INGEST}, for it is about ${why}:`, tests);
}

function targetNamed(name: string): Target {
  const found = TARGETS.find((target) => target === name);
  if (found === undefined) throw new Error(`AMPHORA_TARGET must be ${TARGETS.join(', ')}, not '${name}'`);
  return found;
}
