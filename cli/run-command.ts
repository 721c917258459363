/** One command with the words behind its name: its help, a refusal of the words, or its run. */
import { type Command, type Io, parseArguments, refuse, switchesIn } from './command.ts';
import { helpText } from './help.ts';

export async function runCommand(command: Command, words: readonly string[], io: Io): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    io.out(helpText(command));
    return 0;
  }
  const args = parseArguments(command, words);
  return args.ok ? command.run(args, io) : refuse(io, switchesIn(words), args);
}
