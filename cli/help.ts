/** The help texts: of one command, and of all. */
import { allFlags, type Command } from './command.ts';

const LINE_WIDTH = 98;

export function helpText(command: Command): string {
  const flags = allFlags(command).map((flag): readonly [string, string] => [
    `--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
    flag.byDefault === undefined ? flag.meaning : `${flag.meaning} (default ${flag.byDefault})`,
  ]);
  const codes = Object.entries(command.exitCodes).map(([code, meaning]): readonly [string, string] => [code, meaning]);
  return [
    `${command.summary}.`,
    '',
    ...usageLines(command),
    '',
    ...columns(flags),
    ...(command.notes.length === 0 ? [] : ['', ...wrapped(command.notes.join(' '), LINE_WIDTH)]),
    '',
    'Example:',
    `  ${command.example}`,
    '',
    'Exit codes:',
    ...columns(codes),
    '',
  ].join('\n');
}

/** Broken before a bracket, never within one. */
function usageLines({ name, usage }: Command): readonly string[] {
  const parts = usage === '' ? [] : usage.split(/ (?=\[)/);
  const [first = '', ...others] = filled([`Usage: ./amphora ${name}`, ...parts], LINE_WIDTH - 'Usage: '.length);
  return [first, ...others.map((line) => `${' '.repeat('Usage: '.length)}${line}`)];
}

/** Two columns, the second wrapped. */
function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.flatMap(([left, right]) =>
    wrapped(right, LINE_WIDTH - width).map((line, i) => `  ${(i === 0 ? left : '').padEnd(width)}${line}`),
  );
}

export function overview(commands: readonly Command[], version: string): string {
  return [
    `Amphora ${version}: records any battery, and says how sure it is.`,
    '',
    'Usage: ./amphora <command> [flags]',
    '',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    "./amphora <command> --help tells a command's flags, an example and its exit codes; --version the version.",
    'Exit codes: 0 done, 1 a problem was found in what was given, 2 it could not be done or looked at.',
    '',
  ].join('\n');
}

const wrapped = (text: string, width: number): readonly string[] => filled(text.split(' '), width);

/** Lines of as many of these words as go into the width. */
function filled(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
