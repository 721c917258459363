/**
 * Metrics as log lines, which CloudWatch counts from (embedded metric format). They say what a stack does and never which
 * battery: every value of a dimension is a metric that is paid for.
 */
import { env } from './env.ts';

type Dimensions = Readonly<Record<string, string>>;
type Counts = Readonly<Record<string, number>>;

/** What happened in one invocation. Nothing is printed where nobody collects. */
export function tellCounts(counts: Counts, atMs: number): void {
  tell(counts, { Stack: env.stackName() }, atMs);
}

/** The same for who wants to know which function it was. */
export function tellFunctionCounts(counts: Counts, atMs: number): void {
  tell(counts, { Stack: env.stackName(), Function: env.functionName() }, atMs);
}

function tell(counts: Counts, dimensions: Dimensions, atMs: number): void {
  const namespace = env.metricsNamespace();
  if (namespace === undefined) return;
  const directive = {
    Namespace: namespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
  };
  const line = { _aws: { Timestamp: atMs, CloudWatchMetrics: [directive] }, ...dimensions, ...counts };
  // Not by `console`: Lambda puts a time and a request id before what that prints, and then it is no metric.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
