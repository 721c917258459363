import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { folderOfTest } from '../folder-of-test.ts';
import { type Running, startCli } from '../run-cli.ts';
import { type TestBroker, testBroker } from '../test-broker.ts';
import { publish, writeRun } from './local-runtime.ts';
import { listeningFor } from './waiting.ts';

jest.setTimeout(60_000);

const folder = folderOfTest();
let broker: TestBroker;
beforeEach(async () => {
  broker = await testBroker();
  writeRun(folder.path, { mqttPort: broker.port, mqttsPort: 8883 });
});
afterEach(() => broker.close());

const listening = (...words: readonly string[]): Promise<Running> => listeningFor(folder, words);

describe('the first message of a new battery', () => {
  test('is told with its values, and that it is stored', async () => {
    const running = await listening('garage');
    await publish(
      broker,
      'battery/garage/telemetry',
      '{"power":-1.5,"soc":80,"state":"discharging","cells":[3.3,3.4]}',
    );
    const { code, out } = await running.done;
    expect(code).toBe(0);
    const told = out.slice(out.indexOf('Arrived'));
    expect(told).toMatch(/^Arrived on battery\/garage\/telemetry: 63 bytes, without a time of its own/);
    expect(told).toMatch(/discharge +1\.5 kW\n +soc +80 %\n +cells +2 values\n +state +discharging\nIt is stored\.\n$/);
  });

  test.each([
    ['of which one field cannot be stored', '{"power":1,"soc":181}', 'partly', "'soc' must be at most 105 %"],
    ['that is no JSON', 'power=1', 'not', 'not valid JSON'],
    ['in seconds since 1970', '{"power":1,"timestamp":1795654365}', 'not', 'send milliseconds'],
  ])('%s ends with 1, and with the reason that the writer has', async (_what, payload, stored, reason) => {
    const running = await listening('garage', '--json');
    await publish(broker, 'battery/garage/telemetry', payload);
    const { code, out } = await running.done;
    const { firstMessage } = JSON.parse(out);
    expect({ code, firstMessage }).toMatchObject({
      code: 1,
      firstMessage: { stored, reason: expect.stringContaining(reason) },
    });
  });

  test('is not one that the broker kept from before, and not another battery’s', async () => {
    await publish(broker, 'battery/garage/telemetry', '{"power":7}', true);
    const running = await listening('garage', '--json');
    await publish(broker, 'battery/boat/telemetry', '{"power":8}');
    await publish(broker, 'battery/garage/telemetry', '{"power":9}');
    const { out } = await running.done;
    expect(JSON.parse(out).firstMessage.fields).toEqual({ charge: 9 });
  });

  test("of the battery default may be the original demo's", async () => {
    const running = await listening('default', '--demo-topics', '--json');
    await publish(broker, 'battery/charge', '{"charge":10,"unit":"W","timestamp":"2026-11-23T12:33:33Z"}');
    const { code, out } = await running.done;
    expect({ code, firstMessage: JSON.parse(out).firstMessage }).toMatchObject({
      code: 0,
      firstMessage: { topic: 'battery/charge', fields: { charge: 0.01 }, timestamp: '2026-11-23T12:33:33.000Z' },
    });
  });

  test('that does not come is told with what to look at, and ends with 1; the battery stays registered', async () => {
    const { code, err, out } = await startCli(folder.path, ['add-battery', 'garage', '--wait', '0.5', '--json']).done;
    expect(code).toBe(1);
    expect(err).toContain('no message came on battery/garage/telemetry within 0.5 s');
    expect(err).toContain('is not let in; the log of ./amphora start tells more');
    expect(JSON.parse(out)).toMatchObject({ battery: 'garage', isNew: true, firstMessage: null });
  });

  test('that does not come to a runtime without --device-auth is not put down to clock or client id', async () => {
    writeRun(folder.path, { mqttPort: broker.port });
    const { code, err } = await startCli(folder.path, ['add-battery', 'garage', '--wait', '0.5']).done;
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`runs without --device-auth: it hears a device on port ${broker.port}, without a`),
    });
    expect(err).not.toMatch(/clock|client id/);
  });

  test('is waited for over a loss of the connection', async () => {
    const running = await listening('garage', '--json');
    await broker.goAway();
    await broker.comeBack();
    let isHeard = false;
    const done = running.done.finally(() => (isHeard = true));
    while (!isHeard) await publish(broker, 'battery/garage/telemetry', '{"power":2}');
    const { code } = await done;
    expect(code).toBe(0);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('is not waited for any longer after %s', async (signal) => {
    const running = await listening('garage');
    running.child.kill(signal);
    const { code, err } = await running.done;
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/garage is registered; .* the log of .* tells why/),
    });
  });

  test('cannot be heard where no broker answers: that is told, with exit code 2', async () => {
    await broker.goAway();
    const { code, err } = await startCli(folder.path, ['add-battery', 'garage', '--wait', '5']).done;
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('is registered, but nothing can be heard at'),
    });
  });
});
