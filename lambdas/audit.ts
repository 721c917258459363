/** GET /audit: which running numbers of a battery are stored in a range, which are missing, which are there twice. */
import { auditAnswer } from './audit/audit-answer.ts';
import { auditRange } from './audit/audit-range.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { storeSettings } from './aws/store-settings.ts';
import { DEFAULT_BATTERY, parseBatteryId } from './batteries/battery.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { parseRange } from './telemetry/time-range.ts';

let store: Store | undefined;

async function audit({ query }: HttpRequest): Promise<HttpAnswer> {
  store ??= openStore(storeSettings({ nowMs: Date.now, isExact: true }));
  const id = parseBatteryId(query['battery'] ?? DEFAULT_BATTERY);
  if (!id.ok) return refuse(400, id.reason);
  const parsed = parseRange(query['from'], query['to'], Date.now(), { begin: 'from', end: 'to' });
  if (!parsed.ok) return refuse(400, parsed.reason);
  const asked = { battery: id.id, ...parsed.range };
  return json(200, auditAnswer(asked, await auditRange({ store, nowMs: Date.now })(asked)));
}

export const handler = httpHandler(audit);
