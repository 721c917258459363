/** A disk of a few megabytes in memory, which a test can fill up and free again. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type SmallDisk = {
  /** Takes all room that is left. */
  readonly fill: () => void;
  readonly free: () => void;
  readonly unmount: () => void;
};

const PAGE_BYTES = 4_096;

/** Why this machine does not let us mount one; undefined where it does. */
export function mountProblem(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-mount-'));
  try {
    smallDisk(folder, 1).unmount();
    return undefined;
  } catch (error) {
    return `this machine mounts no tmpfs for us (${error instanceof Error ? error.message.split('\n')[0] : ''})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function smallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  const options = `size=${megabytes}m,mode=700`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      for (const block = Buffer.alloc(PAGE_BYTES, 1); ; ) {
        try {
          appendFileSync(filler, block);
        } catch {
          return;
        }
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => void execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' }),
  };
}
