/** Before the tests: Schemathesis is installed once, so that no test's time pays for it. */
import { join } from 'node:path';
import { toolPython } from '../../scripts/python-venv.ts';

const SCHEMATHESIS = {
  name: 'Schemathesis',
  folder: join('build', 'schemathesis'),
  requirements: join('test', 'schemathesis', 'requirements.txt'),
} as const;

export default async function install(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  process.env['SCHEMATHESIS_PYTHON'] ||= await toolPython(root, SCHEMATHESIS, (line) =>
    process.stderr.write(`${line}\n`),
  );
}
