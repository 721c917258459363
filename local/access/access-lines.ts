/** What the start says of a run beyond loopback: the link, its code for a phone's camera, the broker, and what to mind. */
import { renderUnicodeCompact } from 'uqr';
import { quoted } from '../shell-word.ts';
import type { Beyond } from './listen-place.ts';
import { BROKER_USER } from './password-rights.ts';

export type AccessFacts = {
  readonly beyond: Beyond;
  readonly port: number;
  readonly mqttPort: number;
  /** Where devices with certificates connect, if they have any. */
  readonly mqttsPort: number | undefined;
  readonly token: string;
  readonly passwordFile: string;
  /** Whether a terminal shows the lines, which can be told its colours. */
  readonly isTerminal: boolean;
};

// Blocks are the light modules. Whatever the terminal's own colours are: not every camera reads a code the other way round.
const WHITE_ON_BLACK = '\u001b[38;5;231;48;5;16m';
const RESET = '\u001b[0m';

export function accessLines(facts: AccessFacts): readonly string[] {
  const { beyond, port, mqttPort, mqttsPort, token, passwordFile, isTerminal } = facts;
  const link = `http://${beyond.reachedAs}:${port}/?token=${token}`;
  return [
    '',
    `  From other devices, and from this one: open the link once; the browser is known from then on.`,
    '',
    `  ${link}`,
    '',
    ...qrLines(link, isTerminal),
    '',
    `  Scripts send  Authorization: Bearer <token>  (it is in access-token of the data folder).`,
    `  MQTT          mqtt://${beyond.reachedAs}:${mqttPort}, user ${BROKER_USER}, password: cat ${quoted(passwordFile)}`,
    ...(mqttsPort === undefined ? [] : [`                mqtts://${beyond.reachedAs}:${mqttsPort} by a certificate`]),
    `  Both go over the network as they are: at home only, never through a router's port. For more, put a proxy with TLS`,
    `  before it. --rotate-token makes both anew.`,
  ];
}

function qrLines(text: string, isTerminal: boolean): readonly string[] {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n');
  return lines.map((line) => (isTerminal ? `  ${WHITE_ON_BLACK}${line}${RESET}` : `  ${line}`));
}
