/** Baselines: a bare MQTT broker (aedes) and a bare HTTP server of Node. Prints their ports, and its process id. */
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';

const ANSWER = JSON.stringify({ charge: 10, discharge: 4, timestamp: '2026-11-23T12:33:34+00:00', unit: 'kW' });

const broker = await Aedes.createBroker();
const mqttPort = await listening(createServer(broker.handle));
const port = await listening(
  createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER));
  }),
);
process.stdout.write(`${JSON.stringify({ port, mqttPort, pid: process.pid })}\n`);
process.once('SIGTERM', () => process.exit(0));

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
