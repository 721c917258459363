/** Runs a script in a process of its own, under the Node of the tests. */
import { execFile } from 'node:child_process';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export function runNode(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args], { cwd, env: { ...process.env, ...env } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
