/** The key of a series as SHOW SERIES tells it: the head of its lines in line protocol, `measurement,tag=value,…`. */

export type Series = {
  /** As it stands before the fields of a line: names and values with their escapes. */
  readonly key: string;
  /** By tag key, without escapes. A tag that the series does not have is absent. */
  readonly tags: ReadonlyMap<string, string>;
};

export function parseSeriesKey(key: string): Series {
  const [, ...pairs] = split(key, ',');
  const tags = pairs.map((pair): readonly [string, string] => {
    const [name = '', ...value] = split(pair, '=');
    return [unescaped(name), unescaped(value.join('='))];
  });
  return { key, tags: new Map(tags) };
}

// A backslash before anything else is one, as the server reads it.
const ESCAPED: readonly string[] = [',', '=', ' '];

/** At each separator that no backslash stands before. */
function split(text: string, separator: ',' | '='): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && ESCAPED.includes(text[at + 1] ?? '')) at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

const unescaped = (text: string): string => text.replaceAll(/\\([,= ])/g, '$1');
