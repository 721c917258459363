/** A runtime that cannot start, in a process that ends when nothing of it is open any more. Words: its data folder, ports. */
import { join } from 'node:path';
import { VERSION } from '../../lambdas/api/version.ts';
import { messageOf } from '../../lambdas/aws/log.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { startRuntime } from '../../local/runtime.ts';
import { synthesized } from '../../local/synth.ts';

const [dataDir = '', port, mqttPort, mqttsPort, authPort] = process.argv.slice(2);
const folder = openDataFolder(dataDir, VERSION);
try {
  const runtime = await startRuntime({
    port: Number(port),
    mqttPort: Number(mqttPort),
    deviceAuth: { mqttsPort: Number(mqttsPort) },
    signIn: { port: Number(authPort) },
    store: { kind: 'sqlite' },
    demo: 'on',
    retryDelaysMs: [1_000, 1_000],
    folder,
    synthesized: await synthesized(join(import.meta.dirname, '..', '..'), 'sqlite', () => {}),
    log: { info: () => {}, warn: () => {} },
    nowMs: Date.now,
  });
  await runtime.close();
  process.stdout.write('it started\n');
} catch (error) {
  process.stdout.write(`${messageOf(error)}\n`);
}
folder.release();
