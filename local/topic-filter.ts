/** Topics and topic filters as AWS IoT's rules engine reads them, which is not in every point as MQTT does. */
import { byteLength, MAX_TOPIC_BYTES, MAX_TOPIC_LEVELS } from './mqtt-limits.ts';

const ONE_LEVEL = '+';
const REST = '#';
// Of a run: who sends to ever new topics takes no room, and those of before are found as ever.
const MAX_KNOWN_TOPICS = 2_000;

/** Why this cannot be the topic of a message; undefined when it can. */
export function topicProblem(topic: string): string | undefined {
  if (/[+#]/.test(topic)) return 'a topic to publish to has no wildcards (+ and #)';
  return textProblem('topic', topic);
}

/** Why this is not a topic filter; undefined when it is one. */
export function filterProblem(filter: string): string | undefined {
  const problem = textProblem('topic filter', filter);
  if (problem !== undefined) return problem;
  const levels = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.length > 1 && /[+#]/.test(level)) return `level ${index + 1}, "${level}", mixes a wildcard with text`;
    if (level === REST && index !== levels.length - 1) return `# stands in level ${index + 1}, but only ends a filter`;
  }
  return undefined;
}

/** A set of filters, prepared so that those without wildcards cost one look-up however many there are. */
export type TopicIndex<T> = (topic: string) => readonly T[];

/** The answers keep the order in which the filters were given. */
export function indexFilters<T>(entries: Iterable<{ readonly filter: string; readonly value: T }>): TopicIndex<T> {
  type Ranked = { readonly rank: number; readonly value: T };
  const fixed = new Map<string, Ranked[]>();
  const wild: (Ranked & { readonly levels: readonly string[] })[] = [];
  let rank = 0;
  for (const { filter, value } of entries) {
    if (/[+#]/.test(filter)) wild.push({ rank, value, levels: filter.split('/') });
    else fixed.set(filter, [...(fixed.get(filter) ?? []), { rank, value }]);
    rank += 1;
  }
  const match = (topic: string): readonly T[] => {
    const exact = fixed.get(topic) ?? [];
    const topicLevels = topic.split('/');
    const loose = wild.filter((entry) => matchesLevels(entry.levels, topic, topicLevels));
    const all = exact.length === 0 ? loose : [...exact, ...loose].toSorted((a, b) => a.rank - b.rank);
    return all.map((entry) => entry.value);
  };
  // Whoever sends does so to the same topic each time.
  const known = new Map<string, readonly T[]>();
  return (topic) => {
    const found = known.get(topic);
    if (found !== undefined) return found;
    const matched = match(topic);
    if (known.size < MAX_KNOWN_TOPICS) known.set(topic, matched);
    return matched;
  };
}

function matchesLevels(filterLevels: readonly string[], topic: string, topicLevels: readonly string[]): boolean {
  const first = filterLevels[0];
  if (topic.startsWith('$') && (first === ONE_LEVEL || first === REST)) return false;
  const isOpen = filterLevels.at(-1) === REST;
  const fixedLevels = isOpen ? filterLevels.length - 1 : filterLevels.length;
  // AWS: `sensor/#` matches `sensor/` and `sensor/t`, and unlike in MQTT not `sensor`: # stands for at least one level.
  if (isOpen ? topicLevels.length <= fixedLevels : topicLevels.length !== fixedLevels) return false;
  for (let index = 0; index < fixedLevels; index += 1) {
    const level = filterLevels[index];
    if (level !== ONE_LEVEL && level !== topicLevels[index]) return false;
  }
  return true;
}

function textProblem(what: string, text: string): string | undefined {
  if (text === '') return `the ${what} is empty`;
  if (byteLength(text) > MAX_TOPIC_BYTES) {
    return `the ${what} has ${byteLength(text)} bytes, more than ${MAX_TOPIC_BYTES}`;
  }
  const levels = levelsIn(text);
  if (levels > MAX_TOPIC_LEVELS) return `the ${what} has ${levels} levels, more than ${MAX_TOPIC_LEVELS}`;
  // [MQTT-1.5.3-1] and [MQTT-1.5.3-2]. U+FFFD is what bytes that are not UTF-8 were decoded to.
  if (/[\0\uFFFD]/.test(text)) return `the ${what} is not well-formed UTF-8 text, or holds the character U+0000`;
  return undefined;
}

function levelsIn(text: string): number {
  let levels = 1;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) levels += 1;
  return levels;
}
