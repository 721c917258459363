/** The scripts behind `npm run emulator`, `deploy:local`, `destroy:local` and `accept:aws`, each as the process that npm starts. */
import { type Process, runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';

const END_MS = 60_000;
const HANDED_ON = ['EMULATOR_PYTHON', 'INFLUXD_BIN'];

export type Script = 'emulator' | 'deploy-local' | 'destroy-local' | 'accept-aws';

export function startScript(
  name: Script,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  const handedOn = Object.fromEntries(HANDED_ON.map((key) => [key, process.env[key] ?? '']));
  // What a killed one leaves goes with the test file.
  const TMPDIR = temporaryFolder();
  return runProcess(process.execPath, [`scripts/${name}.ts`, ...words], { TMPDIR, ...handedOn, ...env });
}

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string };

export async function runScript(
  name: Script,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return finished(startScript(name, words, env));
}

export async function finished({ ended, out, err }: Process): Promise<Finished> {
  const { code } = await ended;
  return { code, out: out(), err: err() };
}

/** Resolves when it has printed the words, and rejects when it ends before. */
export async function printed(script: Process, words: string): Promise<void> {
  let hasEnded = false;
  void script.ended.then(() => (hasEnded = true));
  await until(
    `'${words}' of a script`,
    () => {
      if (script.out().includes(words)) return true;
      if (hasEnded) throw new Error(`it ended before it printed '${words}': ${script.out()}${script.err()}`);
      return false;
    },
    END_MS,
  );
}
