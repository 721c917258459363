/** The processes of this machine, as Linux tells them. */
import { readdirSync, readFileSync } from 'node:fs';

export type Running = { readonly pid: number; readonly parent: number; readonly group: number; readonly words: string };

export function runningProcesses(): readonly Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // pid (name) state ppid pgrp …; a name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state = '', parent = '', group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), group: Number(group), words }];
      } catch {
        // Gone meanwhile.
        return [];
      }
    });
}

/** Its children, theirs, and so on. */
export function descendantsOf(pid: number): readonly Running[] {
  const all = runningProcesses();
  const below = (parent: number): readonly Running[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

export const stillRunning = (processes: readonly Running[]): readonly Running[] => {
  const now = new Map(runningProcesses().map((one) => [one.pid, one.words]));
  return processes.filter(({ pid, words }) => now.get(pid) === words);
};
