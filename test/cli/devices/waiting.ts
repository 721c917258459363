/** ./amphora add-battery as a child process, from the moment at which it listens for the first message. */
import { until } from '../../end-to-end/until.ts';
import { type Folder, type Running, startCli } from '../run-cli.ts';

const PATIENCE_MS = 30_000;

export async function listeningFor(
  folder: Folder,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running & { readonly told: () => string }> {
  const running = startCli(folder.path, ['add-battery', ...words], env);
  const texts = { out: '', err: '' };
  running.child.stdout?.on('data', (text: string) => (texts.out += text));
  running.child.stderr?.on('data', (text: string) => (texts.err += text));
  await until(
    'the wait for the first message',
    async () => {
      if (running.child.exitCode !== null) throw new Error(`it does not wait: ${(await running.done).err}`);
      return texts.err.includes('Waiting') ? true : undefined;
    },
    PATIENCE_MS,
  );
  return { ...running, told: () => texts.out };
}
