/** MiniStack in a Python environment of its own, below build/emulator. */
import { join } from 'node:path';
import { toolPython } from '../python-venv.ts';

const EMULATOR = {
  name: 'the emulator',
  folder: join('build', 'emulator'),
  requirements: join('scripts', 'emulator', 'requirements.txt'),
} as const;

/** The Python that has MiniStack: EMULATOR_PYTHON, or one that is made now if it is not there or has other requirements. */
export async function emulatorPython(root: string, say: (line: string) => void): Promise<string> {
  const given = process.env['EMULATOR_PYTHON'];
  return given === undefined || given === '' ? toolPython(root, EMULATOR, say) : given;
}
