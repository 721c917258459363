/** POST /charge, /discharge and /batteries/{id}/telemetry: published to the broker, answered when the broker has it. */

import { env } from './aws/env.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { publish } from './aws/publish.ts';
import { DEMO_BATTERY, parseBatteryId } from './batteries/battery.ts';
import { parseJson } from './json/parse-json.ts';
import { ingestMessage } from './telemetry/ingest-message.ts';
import { parseDemoForm } from './telemetry/parse-demo-form.ts';
import { type DemoSide, demoTopic, telemetryTopic } from './telemetry/topics.ts';

// The original demo's two wordings.
const SET_TO = { charge: 'charge set to', discharge: 'Discharge value set to' } as const;

async function ingest(request: HttpRequest): Promise<HttpAnswer> {
  const body = parseJson(request.body);
  if (!body.ok) return json(400, { message: body.reason });
  if (request.path === '/charge' || request.path === '/discharge') {
    return ingestDemoForm(body, request.path === '/charge' ? 'charge' : 'discharge', request.receivedAtMs);
  }
  return ingestTelemetry(request.params['id'] ?? '', body.value, request.receivedAtMs);
}

async function ingestDemoForm(
  body: Parameters<typeof parseDemoForm>[0],
  side: DemoSide,
  receivedAtMs: number,
): Promise<HttpAnswer> {
  const form = parseDemoForm(body, side);
  if (!form.ok) return refuse(400, form.reason);
  const { numberText, unit } = form;
  // The sender's own digits go on: a number rewritten here could not be converted exactly by the writer.
  const payload = `{"${side}": ${numberText}, "unit": "${unit}", "timestamp": "${new Date(receivedAtMs).toISOString()}"}`;
  await publish(demoTopic(env.topicRoot(), side), payload);
  return json(200, { message: `${SET_TO[side]}: ${numberText} ${unit}` });
}

async function ingestTelemetry(idText: string, value: unknown, receivedAtMs: number): Promise<HttpAnswer> {
  const id = parseBatteryId(idText);
  if (!id.ok) return refuse(400, id.reason);
  if (id.id === DEMO_BATTERY)
    return refuse(400, `battery id '${DEMO_BATTERY}' is reserved for the simulated battery; take another id`);
  const message = ingestMessage(value, receivedAtMs);
  if (!message.ok) return refuse(400, message.reason);
  const topic = telemetryTopic(env.topicRoot(), id.id);
  await Promise.all(message.payloads.map((payload) => publish(topic, payload)));
  return json(202, { accepted: message.accepted, rejected: message.rejected });
}

export const handler = httpHandler(ingest, { takesJson: true });
