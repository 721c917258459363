/** With the client that the README names: Debian's mosquitto_pub and mosquitto_sub. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startLocal } from './local.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const LIMIT_MS = 180_000;

test(
  'what mosquitto_pub publishes at QoS 1 is stored and shown',
  async () => {
    const amphora = await startLocal();
    const timestamp = new Date().toISOString();
    const port = String(amphora.mqttPort);
    const message = JSON.stringify({ discharge: 4, unit: 'kW', timestamp });
    await run('mosquitto_pub', ['-h', 'localhost', '-p', port, '-t', 'battery/discharge', '-m', message, '-q', '1']);
    const live = await until('the value is shown', async () => {
      const body = await (await fetch(`${amphora.url}/livedata`)).json();
      return Object(body).discharge === 4 ? body : undefined;
    });
    expect(live).toEqual({ charge: null, discharge: 4, timestamp: timestamp.replace('Z', '+00:00'), unit: 'kW' });
  },
  LIMIT_MS,
);

test(
  'mosquitto_sub hears what POST /charge publishes',
  async () => {
    const amphora = await startLocal();
    const port = String(amphora.mqttPort);
    const heard = run('mosquitto_sub', ['-h', 'localhost', '-p', port, '-t', 'battery/charge', '-C', '1', '-W', '30']);
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"charge": 10}' };
    // The subscription is heard of by its effect only: a value is posted until one comes through.
    let isHeard = false;
    void heard.finally(() => {
      isHeard = true;
    });
    await until('a message came through', async () => {
      await fetch(`${amphora.url}/charge`, post);
      return isHeard ? true : undefined;
    });
    const { stdout } = await heard;
    expect(JSON.parse(stdout)).toEqual({
      charge: 10,
      unit: 'kW',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  },
  LIMIT_MS,
);
