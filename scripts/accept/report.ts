/** The figures of a deployed stack, as a person reads them. */
import type { Invocation } from './invocation-report.ts';
import { type Latencies, percentile } from './latency.ts';

export function latencyLines({ post, visible, read }: Latencies): readonly string[] {
  const line = (what: string, values: readonly number[]): string =>
    `  ${what.padEnd(28)}p50 ${shown(percentile(values, 0.5))}   p95 ${shown(percentile(values, 0.95))}   max ${shown(Math.max(...values))}   (${values.length})`;
  return [
    'How long it takes, from here:',
    line('POST until it is accepted', post),
    line('POST until it is shown', visible),
    line('GET /livedata', read),
  ];
}

/** Cold: the time that a new environment takes before it handles its first event. */
export function functionLines(functions: ReadonlyMap<string, readonly Invocation[]>): readonly string[] {
  if (functions.size === 0)
    return ['The functions: no report of an invocation is in the logs yet; they come after some seconds.'];
  return [
    'The functions, by what Lambda reports (the cold starts are those that this run happened to cause):',
    ...[...functions].map(([name, invocations]) => {
      const cold = invocations.flatMap(({ initMs }) => initMs ?? []);
      const warm = invocations.filter(({ initMs }) => initMs === undefined).map(({ durationMs }) => durationMs);
      const memory = Math.max(...invocations.map(({ memoryMib }) => memoryMib));
      return [
        `  ${name.padEnd(14)}${String(invocations.length).padStart(5)} invocations`,
        warm.length === 0
          ? 'none warm'
          : `warm p50 ${shown(percentile(warm, 0.5))} p95 ${shown(percentile(warm, 0.95))}`,
        cold.length === 0
          ? 'none cold'
          : `${cold.length} cold: init p50 ${shown(percentile(cold, 0.5))} max ${shown(Math.max(...cold))}`,
        `${memory} MB at most`,
      ].join(', ');
    }),
  ];
}

const shown = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
