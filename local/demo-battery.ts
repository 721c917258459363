/** The simulated battery `demo`: only there while nothing real is. Its readings go the way of all others, past the journal. */
import { messageOf } from '../lambdas/aws/log.ts';
import { DEMO_BATTERY } from '../lambdas/batteries/battery.ts';
import { batterySample } from '../lambdas/batteries/battery-model.ts';
import { telemetryTopic } from '../lambdas/telemetry/topics.ts';
import type { Incoming } from './delivery.ts';
import type { LocalLog } from './local-log.ts';

export type DemoBattery = { readonly stop: () => Promise<void> };

export type DemoOptions = {
  readonly topicRoot: string;
  /** Known to the writer only, so that no other client can write as the demo. */
  readonly clientId: string;
  readonly deliver: (message: Incoming) => Promise<void>;
  /** To subscribers of the topic. */
  readonly publish: (message: { topic: string; payload: Buffer; qos: 0 | 1 }) => Promise<void>;
  /** False ends it by itself. */
  readonly mayRun: () => Promise<boolean>;
  readonly nowMs: () => number;
  readonly log: LocalLog;
};

const SEED = 1;
const PERIOD_MS = 1_000;
// An hour before the first sample, so that there is something to see at once.
const PAST_MS = 3_600_000;
const PAST_STEP_MS = 10_000;

export function startDemo({ topicRoot, clientId, deliver, publish, mayRun, nowMs, log }: DemoOptions): DemoBattery {
  const topic = telemetryTopic(topicRoot, DEMO_BATTERY);
  let isStopped = false;
  let running: Promise<void> = begin().catch(tell);

  async function send(message: unknown): Promise<void> {
    const payload = Buffer.from(JSON.stringify(message));
    await deliver({ topic, payload, clientId });
    await publish({ topic, payload, qos: 0 });
  }

  async function begin(): Promise<void> {
    if (await mayRun()) await send(pastSamples(nowMs()));
  }

  async function tick(): Promise<void> {
    if (isStopped) return;
    if (await mayRun()) await send(sampleAt(Math.floor(nowMs() / PERIOD_MS) * PERIOD_MS));
    else end();
  }

  // A database that cannot be asked now may answer a second later.
  function tell(error: unknown): void {
    if (!isStopped) log.warn('demo-sample-failed', { reason: messageOf(error) });
  }

  function end(): void {
    isStopped = true;
    clearInterval(timer);
  }

  const timer = setInterval(() => {
    running = running.then(tick).catch(tell);
  }, PERIOD_MS);
  return {
    stop: async () => {
      end();
      await running;
    },
  };
}

function sampleAt(atMs: number): unknown {
  return { ...batterySample(SEED, atMs), timestamp: new Date(atMs).toISOString() };
}

function pastSamples(nowMs: number): unknown {
  const fromMs = Math.floor((nowMs - PAST_MS) / PAST_STEP_MS) * PAST_STEP_MS;
  return { samples: Array.from({ length: PAST_MS / PAST_STEP_MS }, (_, i) => sampleAt(fromMs + i * PAST_STEP_MS)) };
}
