/** One reading's way through the deployed stack, and what a repeated deploy and a destroy do. */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stackStatus } from '../../scripts/emulator/emulator-api.ts';
import { connectDevice } from '../end-to-end/devices.ts';
import { fluxRows } from '../end-to-end/influx-bucket.ts';
import { until } from '../end-to-end/until.ts';
import { ask, members } from './cloudwatch.ts';
import { get, post } from './http.ts';
import { makeQueue, takeMessages } from './queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from './running.ts';

const START_MS = 120_000;

let emulator: RunningEmulator;
let stack: RunningStack;

beforeAll(async () => {
  emulator = await startEmulator();
  const startedAtMs = Date.now();
  stack = await emulator.deploy();
  process.stdout.write(`emulator: bootstrap and deploy took ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
}, START_MS);
afterAll(() => emulator?.end());

const live = (battery: string): Promise<Record<string, { readonly value: unknown }>> =>
  get(stack.apiUrl, `/livedata?battery=${battery}`).then(({ body }) => Object(body));

/** The newest value in InfluxDB, asked of it directly. */
async function storedValue(measurement: string, field: string, battery: string): Promise<number | undefined> {
  const rows = await fluxRows(
    stack.influx,
    `from(bucket: "${stack.influx.bucket}") |> range(start: -1h)
      |> filter(fn: (r) => r._measurement == "${measurement}" and r._field == "${field}" and r.battery == "${battery}")
      |> last()`,
  );
  return rows[0] === undefined ? undefined : Number(rows[0]['_value']);
}

describe('a reading', () => {
  test('by POST /charge is answered as in the original demo, and is in /livedata and in InfluxDB', async () => {
    const answer = await post(stack.apiUrl, '/charge', { charge: 10, unit: 'kW' });
    expect(answer).toEqual({ status: 200, body: { message: 'charge set to: 10 kW' } });
    const livedata = await until('the charge', async () => {
      const { body } = await get(stack.apiUrl, '/livedata');
      return body['charge'] === 10 && body;
    });
    expect(livedata).toEqual({ charge: 10, discharge: null, timestamp: expect.any(String), unit: 'kW' });
    expect(await storedValue('battery_data', 'charge', 'default')).toBe(10);
  });

  test('by POST /discharge is the newest one beside the charge', async () => {
    const answer = await post(stack.apiUrl, '/discharge', { discharge: 3.5, unit: 'kW' });
    expect(answer).toEqual({ status: 200, body: { message: 'Discharge value set to: 3.5 kW' } });
    await until('the discharge', async () => (await get(stack.apiUrl, '/livedata')).body['discharge'] === 3.5);
    expect(await storedValue('battery_data', 'discharge', 'default')).toBe(3.5);
  });

  test('of a named battery by POST is accepted with 202 and stored under its id', async () => {
    const answer = await post(stack.apiUrl, '/batteries/boat/telemetry', { voltage: 12.5 });
    expect(answer).toEqual({ status: 202, body: { accepted: 1, rejected: [] } });
    await until('the voltage', async () => (await live('boat'))['voltage']?.value === 12.5);
    expect(await storedValue('battery', 'voltage', 'boat')).toBe(12.5);
  });

  test('by MQTT over WebSocket is stored, with the time of its sender', async () => {
    const device = await connectDevice(`ws://127.0.0.1:${emulator.port}/mqtt`, {
      wsOptions: { headers: { host: emulator.mqttHost } },
    });
    const at = new Date(Date.now() - 60_000).toISOString();
    await device.publish('battery/van/telemetry', { timestamp: at, soc: 71 });
    await device.end();
    const soc = await until('the state of charge', async () => (await live('van'))['soc']);
    expect(soc).toMatchObject({ value: 71, at: at.replace('Z', '+00:00') });
    expect(await storedValue('battery', 'soc', 'van')).toBe(71);
  });

  test('that cannot be one is in quarantine, with the reason and every byte of it, until it is deleted', async () => {
    const bytes = Buffer.concat([Buffer.from('{"voltage": "hi\u0000gh", \ufffd', 'utf8'), Buffer.from([0xff, 0xfe])]);
    const device = await connectDevice(`ws://127.0.0.1:${emulator.port}/mqtt`, {
      wsOptions: { headers: { host: emulator.mqttHost } },
    });
    await device.publish('battery/boat/telemetry', bytes);
    await device.end();
    const { id, ...entry } = await until('the record', async () => {
      const { body } = await get(stack.apiUrl, '/quarantine?battery=boat');
      return Array.isArray(body) ? body[0] : undefined;
    });
    expect(entry).toMatchObject({
      topic: 'battery/boat/telemetry',
      reason: expect.stringMatching(/JSON|UTF-8/i),
      attempts: 1,
    });
    const { body: shown } = await get(stack.apiUrl, `/quarantine/${id}`);
    expect(Buffer.from(String(shown['original']), 'base64')).toEqual(bytes);
    expect((await post(stack.apiUrl, `/quarantine/${id}/replay`, {})).body).toMatchObject({
      outcome: 'quarantined',
      attempts: 2,
    });
    expect((await fetch(`${stack.apiUrl}/quarantine/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await get(stack.apiUrl, `/quarantine/${id}`)).status).toBe(404);
    for (const queueUrl of Object.values(stack.queueUrls))
      expect(await takeMessages(emulator.url, queueUrl)).toEqual([]);
  });
});

describe('the alarms', () => {
  const named = (name: string): string => `Amphora-${name}`;
  // Those on one metric: MiniStack refuses the others.
  const ALARMS = [
    'messages-given-back',
    'messages-quarantined',
    'redrive-errors',
    'writer-destination-failed',
    'writer-errors',
    'writer-events-dropped',
    'writer-throttled',
  ].map(named);

  test('are in CloudWatch, and on a dashboard that says where it is', async () => {
    const alarms = await ask(emulator.url, 'monitoring', { Action: 'DescribeAlarms' });
    expect(members(alarms, 'AlarmName').toSorted()).toEqual(ALARMS);
    const DashboardName = stack.outputs['MetricsDashboardUrl']?.split('#dashboards:name=')[1] ?? '';
    const dashboard = await ask(emulator.url, 'monitoring', { Action: 'GetDashboard', DashboardName });
    const { widgets } = JSON.parse(members(dashboard, 'DashboardBody')[0] ?? '');
    expect(widgets[0].properties.alarms.toSorted()).toEqual(members(alarms, 'AlarmArn').toSorted());
  });

  test('tell whoever subscribes to the topic when one begins, and when it is over', async () => {
    const queue = await makeQueue(emulator.url, 'told-of-alarms');
    const TopicArn = stack.outputs['AlarmTopicArn'] ?? '';
    await ask(emulator.url, 'sns', { Action: 'Subscribe', TopicArn, Protocol: 'sqs', Endpoint: queue.arn });
    for (const StateValue of ['ALARM', 'OK']) {
      const AlarmName = named('messages-quarantined');
      await ask(emulator.url, 'monitoring', { Action: 'SetAlarmState', AlarmName, StateValue, StateReason: 'tried' });
      const [told] = await until('what is told', async () => {
        const messages = await takeMessages(emulator.url, queue.url);
        return messages.length > 0 && messages;
      });
      const alarm: unknown = JSON.parse(String(told?.['Message']));
      expect(alarm).toMatchObject({ AlarmName, NewStateValue: StateValue });
      expect(alarm).toHaveProperty('AlarmDescription', expect.stringMatching(/docs\/operations\.md/));
    }
  });
});

describe('the stack', () => {
  test('deployed again is the same one, and knows what it knew', async () => {
    const again = await emulator.deploy();
    expect(again.outputs).toEqual(stack.outputs);
    expect((await get(stack.apiUrl, '/livedata')).body['charge']).toEqual(expect.any(Number));
    expect((await post(stack.apiUrl, '/charge', { charge: 14, unit: 'kW' })).status).toBe(200);
    await until('the charge', async () => (await get(stack.apiUrl, '/livedata')).body['charge'] === 14);
  });

  test('that is destroyed is gone, and so are its API and its page; destroying it twice is no error', async () => {
    const startedAtMs = Date.now();
    await stack.destroy();
    process.stdout.write(`emulator: destroy took ${Date.now() - startedAtMs} ms\n`);
    expect(await stackStatus(emulator.url, 'Amphora')).toBeUndefined();
    expect((await fetch(`${stack.apiUrl}/health`)).status).toBe(404);
    expect((await fetch(stack.pageUrl)).status).toBe(404);
    await stack.destroy();
  });
});
