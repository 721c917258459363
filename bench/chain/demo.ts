/** The original demo, rebuilt from its description: see demo/service.py for what it stands for. Each part a process, as there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../lambdas/aws/log.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { type ServerProcess, startServer } from '../../scripts/influxd/influxd-process.ts';
import { toolPython } from '../../scripts/python-venv.ts';
import { ROOT } from '../child.ts';
import { programPath } from '../on-path.ts';
import { startMosquitto } from './mosquitto.ts';

export type Demo = { readonly url: string; readonly mqttPort: number; readonly end: () => Promise<void> };

export type DemoParts =
  | { readonly ok: true; readonly python: string; readonly mosquitto: string }
  /** A sentence. */
  | { readonly ok: false; readonly reason: string };

const PYTHON = {
  name: 'the original demo',
  folder: join('build', 'demo'),
  requirements: join('bench', 'chain', 'demo', 'requirements.txt'),
} as const;

/** What it is made of, the Python packages installed at first use. */
export async function demoParts(path?: string): Promise<DemoParts> {
  const mosquitto = programPath('mosquitto', path);
  if (mosquitto === undefined) {
    return left('this machine has no mosquitto; on Debian: apt-get install mosquitto. Then type the same again');
  }
  try {
    const python = await toolPython(ROOT, PYTHON, (line) => process.stderr.write(`amphora: ${line}\n`));
    return { ok: true, python, mosquitto };
  } catch (error) {
    return left(messageOf(error));
  }
}

const left = (why: string): DemoParts => ({ ok: false, reason: `the original demo is left out: ${why}` });

export async function startDemo(
  { python, mosquitto }: Extract<DemoParts, { readonly ok: true }>,
  { url: influxUrl, org, bucket, token }: InfluxAddress,
): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-demo-'));
  const running: ServerProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.end()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const broker = await startMosquitto(mosquitto, folder);
    running.push(broker);
    const settings = join(folder, 'settings.json');
    const text = JSON.stringify({ mqttPort: broker.port, influxUrl, org, bucket, token });
    writeFileSync(settings, text, { mode: 0o600 });
    const script = join(import.meta.dirname, 'demo', 'service.py');
    const service = await startServer({
      program: python,
      args: [script, settings],
      folder,
      // Flask's own line.
      listening: /Running on http:\/\/127\.0\.0\.1:(\d+)/,
    });
    if (!service.ok) throw new Error(`the original demo did not start: ${service.lastWords}`);
    running.push(service.server);
    return { url: `http://127.0.0.1:${service.server.port}`, mqttPort: broker.port, end };
  } catch (error) {
    await end();
    throw error;
  }
}
