/** What an Amphora answers to GET and POST /redrive, said by a server on loopback in the words of the function's own types. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach } from '@jest/globals';
import {
  type RedriveAnswer,
  redriveAnswer,
  type WaitingAnswer,
  waitingAnswer,
} from '../../lambdas/redrive/redrive-answer.ts';
import type { Redriven } from '../../lambdas/redrive/redrive-queues.ts';
import { addressOf } from '../aws/json-peer.ts';
import type { Folder, Ran } from './run-cli.ts';
import { runHere, type Typing } from './terminal.ts';

type Said<Body> = {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body | { readonly error: string } | { readonly message: string };
  /** The answer waits for it. */
  readonly when?: Promise<unknown>;
};

/** Not in those words: as it stands, or no answer at all. */
export type Garbage = { readonly text: string } | 'hang-up';

export type Waits = Said<WaitingAnswer> | Garbage;
export type Redrives = Said<RedriveAnswer> | Garbage;

export type RedrivePeer = {
  readonly url: string;
  /** `GET`, `POST`, each with the token that came. */
  readonly asked: string[];
  /** What the next ones are answered; the last answer stands for all that follow. */
  readonly waits: (...answers: readonly Waits[]) => void;
  readonly redrives: (...answers: readonly Redrives[]) => void;
  readonly close: () => Promise<void>;
};

async function redrivePeer(): Promise<RedrivePeer> {
  const asked: string[] = [];
  let waits: readonly Waits[] = [];
  let redrives: readonly Redrives[] = [];
  const next = (method: string): Waits | Redrives => {
    const [first = { status: 501, body: { error: 'the test has no answer' } }, ...rest] =
      method === 'GET' ? waits : redrives;
    if (rest.length > 0 && method === 'GET') waits = waits.slice(1);
    if (rest.length > 0 && method === 'POST') redrives = redrives.slice(1);
    return first;
  };
  const server = createServer(({ method = '', url, headers, socket }, response) => {
    if (url !== '/redrive') return void response.writeHead(404).end('{"message":"Not Found"}');
    asked.push(`${method} ${headers.authorization ?? ''}`.trimEnd());
    const said = next(method);
    if (said === 'hang-up') return void socket.destroy();
    if ('text' in said) return void response.end(said.text);
    const { status = 200, headers: more = {}, body, when } = said;
    void Promise.resolve(when).then(() => response.writeHead(status, more).end(JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${addressOf(server.address()).port}`,
    asked,
    waits: (...answers) => void (waits = answers),
    redrives: (...answers) => void (redrives = answers),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type RedriveOfTest = {
  /** The running test's own. */
  readonly amphora: RedrivePeer;
  /** `./amphora redrive` there. */
  readonly redrive: (words?: readonly string[], typing?: Typing) => Promise<Ran>;
};

/** For each test of a file, such an Amphora. Called once a file. */
export function redriveOfTest(folder: Folder): RedriveOfTest {
  let now: RedrivePeer | undefined;
  const own = (): RedrivePeer => {
    if (now === undefined) throw new Error('the Amphora is there within a test only');
    return now;
  };
  beforeEach(async () => {
    now = await redrivePeer();
  });
  afterEach(async () => {
    await own().close();
    now = undefined;
  });
  return {
    get amphora() {
      return own();
    },
    redrive: (words = [], typing = {}) => runHere(folder, ['redrive', '--url', own().url, ...words], typing),
  };
}

/** Of the messages that a rule could not hand on, and of those that were not stored. */
export function waiting(unwritten: number, undelivered: number, inHand = 0): { readonly body: WaitingAnswer } {
  return {
    body: waitingAnswer([
      { queue: 'UnwrittenReadings', waiting: unwritten, inFlight: inHand },
      { queue: 'UndeliveredMessages', waiting: undelivered, inFlight: 0 },
    ]),
  };
}

export const NOTHING: Redriven = { queue: 'UnwrittenReadings', moved: 0, stored: 0, repeated: 0, quarantined: 0 };

export function moved(
  counts: Partial<Redriven>,
  { more = false, stopped }: { readonly more?: boolean; readonly stopped?: string } = {},
): { readonly body: RedriveAnswer } {
  return { body: redriveAnswer({ queues: [{ ...NOTHING, ...counts }], isDone: !more }, stopped) };
}
