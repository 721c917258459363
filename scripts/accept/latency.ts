/** How long a reading takes from a client to the page: asked of a deployed stack, over and over. */
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../lambdas/aws/log.ts';
import { refused } from '../refused.ts';

export type Asked = {
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly battery: string;
  readonly readings: number;
};

/** Milliseconds, one entry a reading. */
export type Latencies = {
  readonly post: readonly number[];
  readonly visible: readonly number[];
  readonly read: readonly number[];
};

const ANSWER_MS = 30_000;
const SHOWN_MS = 60_000;
const LOOK_EVERY_MS = 50;

export async function measureLatency({ apiUrl, token, battery, readings }: Asked): Promise<Latencies> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
    const what = `${init.method ?? 'GET'} ${path}`;
    const { ok, status, text } = await answerTo(`${apiUrl}${path}`, { ...init, headers }).catch((cause: unknown) => {
      const reason = messageOf(cause instanceof Error ? (cause.cause ?? cause) : cause);
      throw refused(
        `the API at ${apiUrl} gave no answer to ${what}: ${reason}; check the network, and type the same again`,
        cause,
      );
    });
    if (!ok) throw refused(`${what} answered ${status}: ${text.slice(0, 200)}`);
    return text;
  };
  const [post, visible, read]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < readings; i += 1) {
    const voltage = 100 + i / 8;
    const beginMs = performance.now();
    const body = JSON.stringify({ timestamp: Date.now(), voltage });
    await ask(`/batteries/${battery}/telemetry`, { method: 'POST', body });
    post.push(performance.now() - beginMs);
    for (;;) {
      const askedMs = performance.now();
      const text = await ask(`/livedata?battery=${battery}`);
      const nowMs = performance.now();
      read.push(nowMs - askedMs);
      if (text.includes(`"value":${voltage},`)) {
        visible.push(nowMs - beginMs);
        break;
      }
      if (nowMs - beginMs > SHOWN_MS)
        throw refused(
          `a reading was accepted and not shown within ${SHOWN_MS / 1000} s; ./amphora doctor --stack … looks why`,
        );
      await pause(LOOK_EVERY_MS);
    }
  }
  return { post, visible, read };
}

async function answerTo(url: string, init: RequestInit) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
  return { ok: answer.ok, status: answer.status, text: await answer.text() };
}

/** The value below which this share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
