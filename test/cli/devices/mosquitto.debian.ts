/** The lines that ./amphora add-battery prints, given to Debian's own mosquitto as they stand. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { until, within } from '../../end-to-end/until.ts';
import { freePort } from '../../local/peers.ts';
import { runtimeOfFile } from './device-runtime.ts';
import { listeningFor } from './waiting.ts';

jest.setTimeout(150_000);

const { folder } = runtimeOfFile();

const shell = (line: string) => promisify(execFile)('/bin/sh', ['-c', line], { timeout: 20_000 });

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** What stands indented behind the line that begins so. */
function block(text: string, start: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(start)) + 1;
  const length = lines.slice(from).findIndex((line) => !line.startsWith('  '));
  return lines
    .slice(from, from + length)
    .map((line) => `${line.slice(2)}\n`)
    .join('');
}

describe('the printed lines', () => {
  test('mosquitto_pub: as it stands it is the first message, from a folder with a space in its name', async () => {
    const adding = await listeningFor(folder, ['garage', '--out', "the garage's"]);
    await shell(block(adding.told(), 'Try it:'));
    const { code, out } = await adding.done;
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/charge +1\.5 kW\n +soc +80 %\nIt is stored\.\n$/),
    });
  });

  test('mosquitto.conf: a mosquitto at home hands on what it hears', async () => {
    const adding = await listeningFor(folder, ['boat', '--out', 'the boat']);
    const port = await freePort();
    const own = `user ${userInfo().username}\nlistener ${port} 127.0.0.1\nallow_anonymous true\n`;
    const file = folder.file('mosquitto.conf', own + block(adding.told(), 'A mosquitto at home'));
    const mosquitto = spawn('mosquitto', ['-c', file], { cwd: folder.path, stdio: 'ignore' });
    try {
      await until('mosquitto to listen', () => answers(port));
      // Whether or not its bridge is up: what it hears before is kept for it.
      await shell(`mosquitto_pub -p ${port} -t battery/boat/telemetry -q 1 -m '{"power":-2}'`);
      const { code, out } = await within('the message over the bridge', adding.done, 30_000);
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/discharge +2 kW\nIt is stored\.\n$/) });
    } finally {
      mosquitto.kill('SIGTERM');
      await once(mosquitto, 'exit');
    }
  });
});
