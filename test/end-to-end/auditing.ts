/** `./amphora audit` on the target, and samples to be audited. */
import type { Amphora } from './amphora.ts';
import { runCli } from './process.ts';
import { until, within } from './until.ts';

export type AuditedRun = {
  readonly boot?: string;
  readonly first: number;
  readonly last: number;
  readonly sent: number;
  readonly stored: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly beginsAtStart: boolean;
  readonly missingRanges: readonly {
    readonly from: number;
    readonly to: number;
    readonly after: string;
    readonly before: string;
  }[];
  readonly duplicates: readonly { readonly seq: number; readonly samples: number }[];
};

export type Audited = {
  readonly sent: number;
  readonly stored: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly withoutSeq: number;
  readonly stamped: number;
  readonly runs: readonly AuditedRun[];
  readonly waiting?: number;
  readonly kept?: number;
  /** Why it could not be looked at. */
  readonly error?: string;
};

export type Sample = Readonly<Record<string, unknown>>;

const PATIENCE_MS = 60_000;
const MAX_SAMPLES = 500;
const POSTERS = 4;

export async function auditText(
  { url, sendEnv }: Pick<Amphora, 'url' | 'sendEnv'>,
  battery: string,
  ...flags: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const process = runCli(['audit', '--battery', battery, '--url', url, ...flags], sendEnv);
  const { code } = await within('the end of the audit', process.ended, PATIENCE_MS);
  return { code, out: process.out(), err: process.err() };
}

export async function audit(
  amphora: Pick<Amphora, 'url' | 'sendEnv'>,
  battery: string,
  ...flags: readonly string[]
): Promise<Audited & { readonly code: number | null }> {
  const { code, out } = await auditText(amphora, battery, '--json', ...flags);
  const audited: Audited = JSON.parse(out);
  return { ...audited, code };
}

/** Over HTTP, all acknowledged and stored when it resolves. What is answered with 503 goes again, if it has its own times. */
export async function send(amphora: Amphora, battery: string, samples: readonly Sample[]): Promise<void> {
  const starts = Array.from({ length: Math.ceil(samples.length / MAX_SAMPLES) }, (_, i) => i * MAX_SAMPLES);
  const mayRepeat = samples.every((sample) => 'timestamp' in sample);
  const accepted = async (batch: readonly Sample[]): Promise<boolean> => {
    const { status, text } = await amphora.post(`/batteries/${battery}/telemetry`, { samples: batch });
    if (status === 202) return true;
    if (status === 503 && mayRepeat) return false;
    throw new Error(`the samples of ${battery} were answered ${status}: ${text}`);
  };
  const poster = async (): Promise<void> => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const batch = samples.slice(start, start + MAX_SAMPLES);
      await until(`the samples of ${battery} to be accepted`, () => accepted(batch), PATIENCE_MS);
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, poster));
  await amphora.drained();
}
