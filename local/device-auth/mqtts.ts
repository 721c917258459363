/**
 * The TLS listener of devices. It asks for a certificate and ends the handshake without one too, so that the broker can
 * refuse the CONNECT in words of MQTT; a TLS alert reaches nobody who reads it.
 */
import { constants } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { LocalLog } from '../local-log.ts';

export type MqttsOptions = {
  readonly key: string;
  readonly cert: string;
  /** The authority of the devices' certificates. */
  readonly ca: string;
  readonly handle: (socket: TLSSocket) => void;
  readonly log: LocalLog;
  readonly handshakeTimeoutMs?: number;
};

/** Long enough for a small chip on a slow radio link; what has not ended by then is cut. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

export function mqttsServer({ key, cert, ca, handle, log, handshakeTimeoutMs }: MqttsOptions): Server {
  const server = createServer({
    key,
    cert,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
    // AWS ("Transport security in AWS IoT Core"): 1.2 and 1.3.
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    // Every connection shows its certificate anew: a resumed session would be judged by what held when it began.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    log.warn('mqtts-handshake-failed', { from: socket.remoteAddress, reason: reasonOf(error) });
    socket.destroy();
  });
  // What breaks before the handshake began is nobody's error.
  server.on('connection', (socket: Socket) => socket.on('error', () => socket.destroy()));
  return server;
}

/** OpenSSL's own words are `40F7…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…`. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'it did not end in time';
  if (code === 'ECONNRESET') return 'the other side left it';
  const [, words = error.message] = /:SSL routines:[^:]*:([^:]+)/.exec(error.message) ?? [];
  return words;
}
