/** GET /status: of the store, the queues and the quarantine one question each, all at once and none for long. */
import { setTimeout as wait } from 'node:timers/promises';
import { env } from './aws/env.ts';
import { httpHandler, json } from './aws/http.ts';
import { log, messageOf } from './aws/log.ts';
import { queueDepth } from './aws/sqs-queue.ts';
import { storeSettings } from './aws/store-settings.ts';
import { countQuarantine } from './quarantine-store/open-quarantine.ts';
import { readStatus } from './status/status.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { formatInstant } from './telemetry/instant.ts';

// Less than what the flow waits, so that a database that is silent is one that is away.
const QUERY_TIMEOUT_MS = 2_000;

let store: Store | undefined;

const bufferUrl = env.bufferedMessagesUrl();

const status = readStatus({
  counts: async (range) => {
    store ??= openStore(storeSettings({ nowMs: Date.now, times: { queryTimeoutMs: QUERY_TIMEOUT_MS } }));
    return store.counts(range);
  },
  quarantined: countQuarantine,
  failed: async () => Promise.all(Object.entries(env.failureQueueUrls()).map(([name, url]) => queueDepth(name, url))),
  waiting: bufferUrl === undefined ? undefined : async () => queueDepth('BufferedMessages', bufferUrl),
  nowMs: Date.now,
  wait: (delayMs) => wait(delayMs, undefined, { ref: false }),
  tellUnexpected: (part, error) => log.error('status-unknown', { part, reason: messageOf(error) }),
});

export const handler = httpHandler(async () => {
  const { asOfMs, ...known } = await status();
  return json(200, { asOf: formatInstant(asOfMs), ...known });
});
