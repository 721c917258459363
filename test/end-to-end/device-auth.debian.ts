/** With the client that the README names, and with the line for it that ./amphora add-battery prints. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startLocal } from './local.ts';
import { runCli, temporaryFolder } from './process.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const LIMIT_MS = 180_000;

test(
  'the line that add-battery prints publishes as the battery; after remove-battery the same line does not',
  async () => {
    const amphora = await startLocal({ flags: ['--no-demo', '--device-auth', '--mqtts-port', '0'] });
    const data = ['--data', amphora.dataDir];
    const out = join(temporaryFolder(), 'with a space');
    const adding = runCli(['add-battery', 'garage', '--out', out, '--wait', '0', '--json', ...data]);
    expect([await adding.ended, adding.err()]).toMatchObject([{ code: 0 }, '']);
    const { mosquittoPub }: { readonly mosquittoPub: string } = JSON.parse(adding.out());

    await run('sh', ['-c', mosquittoPub]);
    await until('the reading to be shown', async () => {
      const { body } = await amphora.get('/livedata?battery=garage');
      return JSON.stringify(body).includes('"value"');
    });

    const removing = runCli(['remove-battery', 'garage', ...data]);
    expect(await removing.ended).toMatchObject({ code: 0 });
    await expect(run('sh', ['-c', mosquittoPub])).rejects.toMatchObject({
      stderr: expect.stringMatching(/not authori[sz]ed/i),
    });
    const [line] = await amphora.logged('mqtt-connection-closed');
    expect(line).toContain('clientId=garage');
  },
  LIMIT_MS,
);
