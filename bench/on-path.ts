/** Programs of the machine that a bench needs beside the repository's packages. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// The last two are where servers are, which only root has on its path.
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);

/** Where it is; undefined when this machine has none. */
export function programPath(name: string, path = PATH): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
