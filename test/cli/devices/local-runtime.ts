/** A data folder in which a local runtime seems to run: its run.json, and a real broker in its place. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import type { TestBroker } from '../test-broker.ts';

export function writeRun(folder: string, more: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const run = { pid: process.pid, port: 1, iotPort: 1, version: '0', topicRoot: 'battery', store: 'sqlite', ...more };
  writeFileSync(join(folder, 'data', 'run.json'), JSON.stringify(run));
}

export async function publish(broker: TestBroker, topic: string, text: string, retain = false): Promise<void> {
  const client = await connectAsync(broker.url, { protocolVersion: 4 });
  await client.publishAsync(topic, text, { qos: 1, retain });
  await client.endAsync();
}
