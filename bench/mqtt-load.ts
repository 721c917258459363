/**
 * Publishes at QoS 1 as fast as it is acknowledged, and prints `{"acked", "ms"}`.
 * `node bench/mqtt-load.ts PORT MESSAGES CONNECTIONS IN_FLIGHT`. Every message is another millisecond of its battery.
 */
import { connectAsync, type MqttClient } from 'mqtt';

const [port = 0, messages = 0, connections = 1, inFlight = 1] = process.argv.slice(2).map(Number);
const firstMs = Date.now() - messages;
const clients = await Promise.all(Array.from({ length: connections }, () => connectAsync(`mqtt://127.0.0.1:${port}`)));
const startMs = performance.now();
let sent = 0;

async function publishOnwards(client: MqttClient, battery: string): Promise<void> {
  while (sent < messages) {
    const i = sent++;
    const payload = `{"charge":${i % 10}.5,"timestamp":${firstMs + i}}`;
    await client.publishAsync(`battery/${battery}/telemetry`, payload, { qos: 1 });
  }
}

await Promise.all(
  clients.flatMap((client, c) => Array.from({ length: inFlight }, () => publishOnwards(client, `bench${c}`))),
);
process.stdout.write(`${JSON.stringify({ acked: messages, ms: performance.now() - startMs })}\n`);
await Promise.all(clients.map((client) => client.endAsync()));
