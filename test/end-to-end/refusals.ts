/** What bad input becomes: a refusal over HTTP, a kept message over MQTT. */
import { expect } from '@jest/globals';
import type { Amphora, KeptRecord } from './amphora.ts';
import { type Answer, sentenceOf } from './http.ts';
import { until } from './until.ts';

/** 4xx, JSON, one member, a sentence, and nothing of the code's insides. */
export function expectRefusal(answer: Answer, says: string): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(Object.keys(Object(answer.body))).toHaveLength(1);
  expect(sentenceOf(answer)).toMatch(/\S+ \S+/);
  expect(sentenceOf(answer)).toContain(says);
  expect(answer.text).not.toMatch(/\n\s+at |node_modules|\.[jt]s:\d/);
}

const LOG_PATIENCE_MS = 60_000;

let clients = 0;

/** What the messages of one device became among the kept ones, in their order. */
export async function keptOf(
  amphora: Amphora,
  topic: string,
  payloads: readonly (string | Buffer)[],
): Promise<readonly KeptRecord[]> {
  const clientId = `bad-${(clients += 1)}-`;
  const before = (await amphora.drained()).kept;
  const device = await amphora.device({ clientId });
  const fromMs = Date.now();
  for (const payload of payloads) await device.publish(topic, payload);
  await device.end();
  const { kept } = await amphora.drained();
  const toMs = Date.now();
  const added = (await amphora.kept()).slice(before);
  expect(kept).toBe(before + payloads.length);
  expect(added).toHaveLength(payloads.length);
  const originals = payloads.map((payload) => Buffer.from(payload).toString('base64'));
  expect(added.map(({ original }) => original).sort()).toEqual(originals.toSorted());
  for (const record of added) {
    expect(record).toMatchObject({ topic, clientId });
    expect(record.receivedAt).toBeGreaterThanOrEqual(fromMs);
    expect(record.receivedAt).toBeLessThanOrEqual(toMs);
  }
  // A log may be shown later than what it tells of.
  await until(
    `the log to tell of ${payloads.length} rejected readings of ${clientId}`,
    async () => {
      const lines = await amphora.logged('reading-rejected');
      return lines.filter((line) => line.includes(clientId)).length >= payloads.length;
    },
    LOG_PATIENCE_MS,
  );
  return originals.flatMap((original) => added.filter((record) => record.original === original).slice(0, 1));
}

/** Lines of the log that say that a function could not do its work. */
export async function failures(amphora: Amphora): Promise<readonly string[]> {
  const events = ['invocation-failed', 'function-failed', 'request-failed'];
  return (await Promise.all(events.map((event) => amphora.logged(event)))).flat();
}
