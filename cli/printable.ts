/** Words of others, as they may stand on a terminal. */

// C0 and C1 control characters, and what turns the direction of writing.
const PLAYING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** In one line, and without what would play with the terminal. */
export const printable = (text: string): string => text.replaceAll(/[\n\r\t]+/g, ' ').replaceAll(PLAYING, '');

/** And not more of it than a line takes. */
export const shortened = (text: string, maxCharacters: number): string =>
  text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}…`;
