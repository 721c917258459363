/**
 * Texts of a policy with wildcards and variables. AWS ("Using wildcard characters in MQTT and AWS IoT Core policies"):
 * `*` is any combination of characters, levels included, `?` one character; `+` and `#` are themselves.
 */

/** One character, or a wildcard with the character it was written as. */
export type Piece = { readonly text: string; readonly wildcard?: 'any' | 'one' };
export type Pattern = readonly Piece[];

// IAM's predefined variables for characters that would have a meaning ("Policy elements: variables and tags").
const SPECIAL: ReadonlySet<string> = new Set(['*', '?', '$']);

/**
 * Undefined when a variable has no value: AWS then leaves its text standing, which nothing matches. What a variable
 * stands for is text, whatever characters it has: a client that calls itself `*` must not match everything.
 */
export function parsePattern(text: string, valueOf: (variable: string) => string | undefined): Pattern | undefined {
  const pieces: Piece[] = [];
  for (const part of text.split(/(\$\{[^}]*\})/)) {
    if (!/^\$\{.*\}$/s.test(part)) {
      pieces.push(...Array.from(part, pieceOf));
      continue;
    }
    const name = part.slice(2, -1);
    const value = SPECIAL.has(name) ? name : valueOf(name);
    if (value === undefined) return undefined;
    pieces.push(...Array.from(value, (character): Piece => ({ text: character })));
  }
  return pieces;
}

function pieceOf(character: string): Piece {
  if (character === '*') return { text: character, wildcard: 'any' };
  return character === '?' ? { text: character, wildcard: 'one' } : { text: character };
}

/** In time that grows with both lengths, not faster: a regular expression of many stars would not. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const characters = Array.from(text);
  let at = 0;
  let from = 0;
  let star = -1;
  let afterStar = 0;
  while (at < characters.length) {
    const piece = pattern[from];
    if (piece?.wildcard === 'any') {
      star = from;
      afterStar = at;
      from += 1;
    } else if (piece !== undefined && (piece.wildcard === 'one' || piece.text === characters[at])) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      // The last star takes one character more, and everything behind it is tried again.
      afterStar += 1;
      at = afterStar;
      from = star + 1;
    } else {
      return false;
    }
  }
  return pattern.slice(from).every(({ wildcard }) => wildcard === 'any');
}
