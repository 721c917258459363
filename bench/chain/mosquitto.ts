/** A mosquitto as its package has it, on a port of its own. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type ServerProcess, startServer } from '../../scripts/influxd/influxd-process.ts';

/** `folder`: for its settings. */
export async function startMosquitto(program: string, folder: string): Promise<ServerProcess> {
  const config = join(folder, 'mosquitto.conf');
  // Nothing is dropped that a slow subscriber has not yet taken; all else is its default.
  const lines = [`listener ${await freePort()} 127.0.0.1`, 'allow_anonymous true', 'max_queued_messages 0'];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const listening = /Opening ipv4 listen socket on port (\d+)/;
  const started = await startServer({ program, args: ['-c', config], folder, listening });
  if (started.ok) return started.server;
  throw new Error(`mosquitto did not start: ${started.lastWords}`);
}

// It takes no 0 for any that is free.
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
