/** What is left of a start that was refused: nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { inTempFolder } from './temp-folder.ts';

// A start after a change of the sources builds the stack and the page first.
const TEST_MS = 130_000;
const END_MS = 120_000;

const FLAGS = ['--port', '--mqtt-port', '--mqtts-port', '--auth-port'] as const;

test.each(FLAGS)(
  'a start whose %s is taken closes all that it had opened: its process ends by itself',
  async (flag) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await inTempFolder(async (folder) => {
        const ports = FLAGS.map((one) => String(one === flag ? taken : 0));
        const script = join(import.meta.dirname, 'refused-runtime.ts');
        const words = ['--disable-warning=ExperimentalWarning', script, join(folder, 'data'), ...ports];
        const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], timeout: END_MS });
        const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
        expect({ code, signal }).toEqual({ code: 0, signal: null });
        expect(said).toMatch(new RegExp(`^port ${taken} is in use, .* another port with ${flag} `));
      });
    } finally {
      other.close();
    }
  },
  TEST_MS,
);
