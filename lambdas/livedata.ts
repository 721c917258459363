/** GET /livedata: from the store, never from memory. */
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { storeSettings } from './aws/store-settings.ts';
import { parseBatteryId } from './batteries/battery.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { readDemoLatest, readLatest } from './telemetry/read-latest.ts';

let store: Store | undefined;

async function livedata({ query }: HttpRequest): Promise<HttpAnswer> {
  store ??= openStore(storeSettings({ nowMs: Date.now }));
  const deps = { store, nowMs: Date.now };
  if (query['battery'] === undefined) return json(200, await readDemoLatest(deps)());
  const id = parseBatteryId(query['battery']);
  return id.ok ? json(200, await readLatest(deps)(id.id)) : refuse(400, id.reason);
}

export const handler = httpHandler(livedata);
