/** POST /writeCharge and /writeDischarge: straight to the store, as the original demo's second way in. */
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { storeSettings } from './aws/store-settings.ts';
import { DEFAULT_BATTERY } from './batteries/battery.ts';
import { parseJson } from './json/parse-json.ts';
import { openAppend } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { demoReading, isEmptyBody, parseDemoForm } from './telemetry/parse-demo-form.ts';
import { toPoints } from './telemetry/point-time.ts';

let append: Store['append'] | undefined;

async function directWrite(request: HttpRequest): Promise<HttpAnswer> {
  const side = request.path === '/writeCharge' ? 'charge' : 'discharge';
  const body = parseJson(request.body);
  if (!body.ok) return json(400, { message: body.reason });
  if (isEmptyBody(body.value)) return refuse(400, 'Invalid payload');
  const form = parseDemoForm(body, side);
  if (!form.ok) return refuse(400, form.kind === 'missing' ? `Missing key: '${side}'` : form.reason);
  const parsed = demoReading(body, side, { receivedAtMs: request.receivedAtMs, withoutOffset: 'utc' });
  if (!parsed.ok) return refuse(400, parsed.reason);
  // No journal stands behind this answer: the commit itself must be on disk.
  append ??= openAppend(storeSettings({ nowMs: Date.now, isDurable: true }));
  const [outcome] = await append(toPoints(DEFAULT_BATTERY, parsed.reading));
  switch (outcome?.kind) {
    case 'collided':
      return refuse(
        409,
        'another sample stands on this very time; send it again with a timestamp one millisecond later',
      );
    case 'refused':
      return refuse(400, outcome.reason);
    case 'stored':
    case 'repeated':
    case undefined:
      return json(200, { message: 'Data written successfully' });
  }
}

export const handler = httpHandler(directWrite, {
  takesJson: true,
  storeDown: (reason) => `Failed to write data: ${reason}`,
});
