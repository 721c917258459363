/**
 * The local runtime as `--host` starts it beyond loopback, while it listens on loopback only: nothing of a test may be open
 * to other machines. The word is its data folder. Prints its token.
 */
import { join } from 'node:path';
import { VERSION } from '../../lambdas/api/version.ts';
import { LOOPBACK_PLACE } from '../../local/access/listen-place.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { localLog } from '../../local/local-log.ts';
import { startRuntime } from '../../local/runtime.ts';
import { synthesized } from '../../local/synth.ts';

const [dataDir = ''] = process.argv.slice(2);
const folder = openDataFolder(dataDir, VERSION);
const runtime = await startRuntime({
  port: 0,
  mqttPort: 0,
  store: { kind: 'sqlite' },
  demo: 'off',
  retryDelaysMs: [1_000, 1_000],
  place: { ...LOOPBACK_PLACE, beyond: { host: 'amphora-box', reachedAs: 'localhost' } },
  folder,
  synthesized: await synthesized(join(import.meta.dirname, '..', '..'), 'sqlite', () => {}),
  log: localLog((line) => process.stderr.write(line)),
  nowMs: Date.now,
});
const { port, mqttPort, overrideInput, template, access } = runtime;
folder.writeRun({
  pid: process.pid,
  port,
  mqttPort,
  iotPort: overrideInput.iotPort,
  iotAccessKeyId: overrideInput.accessKeyId,
  version: VERSION,
  topicRoot: template.topicRoot,
  store: 'sqlite',
  accessToken: true,
});
process.stdout.write(`${access?.token}\n`);
process.once('SIGTERM', () => {
  void runtime.close().then(() => {
    folder.release();
    process.exit(0);
  });
});
