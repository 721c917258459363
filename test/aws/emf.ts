/**
 * Whether a log line is one that CloudWatch takes metrics from: the words and bounds of "Specification: Embedded metric
 * format" in its user guide. What is wrong, a sentence each; none when nothing is.
 */

type Tree = { readonly [key: string]: Tree };

const UNITS =
  /^(Seconds|Microseconds|Milliseconds|None|Percent|(Count|((Kilo|Mega|Giga|Tera)?(bits|bytes)))(\/Second)?|Bits(\/Second)?|Bytes(\/Second)?)$/i;
const MAX_BYTES = 1_048_576;
const MAX_METRICS = 100;
const MAX_DIMENSIONS = 30;
const MAX_VALUES = 100;

export function emfProblems(line: string): readonly string[] {
  const problems: string[] = [];
  const wants = (holds: boolean, sentence: string): void => {
    if (!holds) problems.push(sentence);
  };
  const root = parsed(line);
  if (root === undefined) return ['the line is not one JSON object with nothing before and behind it'];
  wants(Buffer.byteLength(line) <= MAX_BYTES, 'the event is longer than a log event may be');
  const { _aws: metadata } = root;
  if (!isObject(metadata)) return [...problems, 'the root has no object _aws'];
  wants(keysOf(metadata) === 'CloudWatchMetrics,Timestamp', '_aws has members besides Timestamp and CloudWatchMetrics');
  wants(Number.isSafeInteger(metadata['Timestamp']), 'Timestamp is not a whole number');
  // Not seconds: CloudWatch drops what is more than 14 days old.
  wants(Number(metadata['Timestamp']) > 1e12, 'Timestamp is not milliseconds since 1970');
  const directives: unknown = metadata['CloudWatchMetrics'];
  if (!Array.isArray(directives) || directives.length === 0) return [...problems, 'there is no metric directive'];
  for (const directive of directives) problems.push(...directiveProblems(directive, root));
  return problems;
}

function directiveProblems(directive: Tree, root: Tree): readonly string[] {
  const problems: string[] = [];
  const wants = (holds: boolean, sentence: string): void => {
    if (!holds) problems.push(sentence);
  };
  wants(keysOf(directive) === 'Dimensions,Metrics,Namespace', 'a directive has other members than its three');
  wants(isText(directive['Namespace'], 1024), 'Namespace is no text of 1 to 1024 characters');
  const { Dimensions: sets, Metrics: metrics } = directive;
  if (!Array.isArray(sets) || sets.length === 0) return [...problems, 'there is no dimension set'];
  for (const set of sets) {
    wants(Array.isArray(set) && set.length <= MAX_DIMENSIONS, 'a dimension set is no list of at most 30');
    for (const name of set) {
      wants(isText(name, 250), 'a dimension has no name of 1 to 250 characters');
      wants(isText(root[name], 1024), `dimension ${name} is no text at the root`);
    }
  }
  if (!Array.isArray(metrics) || metrics.length === 0) return [...problems, 'there is no metric'];
  wants(metrics.length <= MAX_METRICS, 'there are more than 100 metrics');
  for (const { Name, Unit, ...rest } of metrics) {
    wants(isText(Name, 1024), 'a metric has no name');
    wants(Unit === undefined || UNITS.test(Unit), `the unit of ${Name} is none of CloudWatch's`);
    wants(
      Object.keys(rest).every((key) => key === 'StorageResolution'),
      `metric ${Name} has a member too many`,
    );
    wants(isValue(root[Name]), `metric ${Name} is no number at the root, and no list of at most 100`);
    wants(!sets.flat().includes(Name), `${Name} is a metric and a dimension`);
  }
  return problems;
}

function parsed(line: string): Tree | undefined {
  try {
    const value: Tree = JSON.parse(line);
    return isObject(value) && /^\{.*\}$/s.test(line) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const keysOf = (value: object): string => Object.keys(value).sort().join();
const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.trim() !== '' && value.length <= most;
const isValue = (value: unknown): boolean =>
  Array.isArray(value) ? value.length <= MAX_VALUES && value.every(Number.isFinite) : Number.isFinite(value);
