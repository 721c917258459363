/** The text of a topic rule to its words and signs, each with its position (the first character is 1). */

export type Token = {
  readonly kind: 'word' | 'number' | 'string' | 'sign' | 'unreadable' | 'end';
  /** As written; of a string, what stands between the quotes; of something unreadable, what to call it. */
  readonly text: string;
  readonly at: number;
};

const PATTERN = /(?<space>\s+)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>[0-9]+)|'(?<string>[^']*)'|(?<sign>[(),*])/y;

/** Ends with `end`, or with the first thing that no rule of ours can hold: the parser may find fault even before it. */
export function tokens(sql: string): readonly Token[] {
  const found: Token[] = [];
  let offset = 0;
  while (offset < sql.length) {
    PATTERN.lastIndex = offset;
    const match = PATTERN.exec(sql);
    if (match === null) return [...found, { kind: 'unreadable', text: unreadable(sql, offset), at: offset + 1 }];
    const token = tokenOf(match.groups ?? {}, offset + 1);
    if (token !== undefined) found.push(token);
    offset = PATTERN.lastIndex;
  }
  return [...found, { kind: 'end', text: 'the end of the text', at: sql.length + 1 }];
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>, at: number): Token | undefined {
  for (const kind of ['word', 'number', 'string', 'sign'] as const) {
    const text = groups[kind];
    if (text !== undefined) return { kind, text, at };
  }
  return undefined;
}

function unreadable(sql: string, offset: number): string {
  const start = sql.slice(offset, offset + 2);
  if (start === '--' || start === '/*') return 'the comment (AWS IoT SQL has none)';
  if (start.startsWith("'")) return 'the quote that is never closed';
  if (start.startsWith('"')) return 'the double quote (texts stand in single quotes)';
  return `the character "${String.fromCodePoint(sql.codePointAt(offset) ?? 0)}"`;
}
