/** A local runtime with something to find, and its own description. */
import type { Client } from '../end-to-end/http.ts';
import type { LocalAmphora } from '../end-to-end/local.ts';

export type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security: readonly unknown[] }>>>>;
};

export async function describedBy(amphora: Client): Promise<Description> {
  return JSON.parse((await amphora.get('/swagger.json')).text);
}

/** As Schemathesis names them: `GET /read`. */
export function operationsOf({ paths }: Description): readonly string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

const MINUTE_MS = 60_000;

/** So that the questions have something to find: rows of every shape, and values of every kind. */
export async function fill(amphora: LocalAmphora, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const nowMs = Date.now();
  for (const battery of ['default', 'boat']) {
    const samples = Array.from({ length: 20 }, (_, i) => ({
      timestamp: nowMs - i * MINUTE_MS,
      ...(i % 2 === 0 ? { charge: i } : { discharge: i }),
      voltage: 52 + i / 10,
      current: 3,
      soc: 60 + i,
      state: 'charging',
      cells: [3.3, 3.4],
      alarms: ['lowSoc:warning'],
      boot: 'first',
      seq: 20 - i,
    }));
    const { status, text } = await amphora.post(`/batteries/${battery}/telemetry`, { samples }, headers);
    if (status !== 202) throw new Error(`the readings were answered with ${status}: ${text}`);
  }
  const { kept } = await amphora.drained();
  if (kept > 0) throw new Error(`${kept} of the readings are in quarantine, not stored`);
  const device = await amphora.device();
  for (let i = 0; i < 20; i++) await device.publish('battery/boat/telemetry', `{"soc":${i}`);
  await device.end();
  await amphora.drained();
}
