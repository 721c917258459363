/** What Lambda wrote of each invocation, in either of its two forms: the line REPORT, or the JSON event platform.report. */
export type Invocation = {
  readonly durationMs: number;
  /** Of a new environment; absent: the environment was there. */
  readonly initMs?: number;
  readonly memoryMib: number;
};

/** Undefined when the line tells something else. */
export function invocationIn(line: string): Invocation | undefined {
  if (line.startsWith('REPORT RequestId:')) return invocation((name) => valueIn(line, name));
  if (!line.includes('"platform.report"')) return undefined;
  const { durationMs, initDurationMs, maxMemoryUsedMB } = metricsIn(line);
  const values = new Map([
    ['Duration', durationMs],
    ['Init Duration', initDurationMs],
    ['Max Memory Used', maxMemoryUsedMB],
  ]);
  return invocation((name) => values.get(name));
}

function invocation(value: (name: string) => number | undefined): Invocation | undefined {
  const [durationMs, initMs] = [value('Duration'), value('Init Duration')];
  if (durationMs === undefined) return undefined;
  return { durationMs, memoryMib: value('Max Memory Used') ?? Number.NaN, ...(initMs === undefined ? {} : { initMs }) };
}

// `Duration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 90 MB\tInit Duration: 345.67 ms`
function valueIn(line: string, name: string): number | undefined {
  const found = new RegExp(`(?:^|\\t|  )${name}: ([\\d.]+) M?[Bbms]`).exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}

type Event = { readonly record?: { readonly metrics?: Readonly<Record<string, number>> } };

function metricsIn(line: string): Readonly<Record<string, number>> {
  try {
    const event: Event = JSON.parse(line);
    return event.record?.metrics ?? {};
  } catch {
    // A function's own line, which only speaks of it.
    return {};
  }
}
