/**
 * Publishes at QoS 1 as fast as it is acknowledged, and prints `{"acked", "ms"}`. Every message is another millisecond of its
 * battery. `node bench/mqtt-load.ts PORT MESSAGES CONNECTIONS IN_FLIGHT [FIRST_MS]`: with the time of the first one they are
 * messages of the original demo's form, on its topic; without it each connection is a battery of its own.
 */
import { connectAsync, type MqttClient } from 'mqtt';

const [port = 0, messages = 0, connections = 1, inFlight = 1, demoFirstMs] = process.argv.slice(2).map(Number);
const firstMs = demoFirstMs ?? Date.now() - messages;
const clients = await Promise.all(Array.from({ length: connections }, () => connectAsync(`mqtt://127.0.0.1:${port}`)));
const startMs = performance.now();
let sent = 0;

function messageOf(i: number, battery: string): readonly [topic: string, payload: string] {
  const charge = `${i % 10}.5`;
  if (demoFirstMs === undefined)
    return [`battery/${battery}/telemetry`, `{"charge":${charge},"timestamp":${firstMs + i}}`];
  const timestamp = new Date(firstMs + i).toISOString();
  return ['battery/charge', `{"charge": ${charge}, "unit": "kW", "timestamp": "${timestamp}"}`];
}

async function publishOnwards(client: MqttClient, battery: string): Promise<void> {
  while (sent < messages) await client.publishAsync(...messageOf(sent++, battery), { qos: 1 });
}

await Promise.all(
  clients.flatMap((client, c) => Array.from({ length: inFlight }, () => publishOnwards(client, `bench${c}`))),
);
process.stdout.write(`${JSON.stringify({ acked: messages, ms: performance.now() - startMs })}\n`);
await Promise.all(clients.map((client) => client.endAsync()));
