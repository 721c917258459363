/** What a run beyond loopback asks of those who come in: a token over HTTP, a user and a password over MQTT. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { MqttRights } from '../mqtt-rights.ts';
import { type HttpAccess, httpAccess } from './http-access.ts';
import { isLoopback } from './listen-place.ts';
import { passwordRights } from './password-rights.ts';
import { openSecret } from './secret.ts';
import { slowDown } from './slow-down.ts';

export type Access = {
  readonly token: string;
  readonly http: HttpAccess;
  /** Undefined: nothing has to be shown. */
  readonly ofTcp: (socket: Pick<Socket, 'remoteAddress'>) => MqttRights | undefined;
  readonly ofWebSocket: (request: IncomingMessage) => MqttRights | undefined;
};

export const TOKEN_FILE = 'access-token';
export const PASSWORD_FILE = 'broker-password';
const REMEDY = 'start once with --rotate-token to have a new one';
const TOKEN_BYTES = 32;
/** It is typed into the settings of devices. */
const PASSWORD_BYTES = 16;

type Folder = { readonly file: (name: string) => string };

export function openAccess({ file }: Folder, isRotated: boolean): Access {
  const token = openSecret(file(TOKEN_FILE), { bytes: TOKEN_BYTES, isRotated, remedy: REMEDY });
  const password = openSecret(file(PASSWORD_FILE), { bytes: PASSWORD_BYTES, isRotated, remedy: REMEDY });
  const http = httpAccess(token, slowDown());
  const slow = slowDown();
  const rightsOf = (address = ''): MqttRights => passwordRights(password, slow, address);
  return {
    token,
    http,
    // From this machine itself it is as it always was. An address of which nothing is known any more is not from here.
    ofTcp: ({ remoteAddress = '' }) => (isLoopback(remoteAddress) ? undefined : rightsOf(remoteAddress)),
    // The page has shown the token already, and cannot know the password.
    ofWebSocket: (request) => (http.isKnown(request) ? undefined : rightsOf(request.socket.remoteAddress)),
  };
}
