import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { answering, freePort, influxdb18, webServer } from '../local/peers.ts';
import { withServer } from '../local/raw-http.ts';
import { folderOfTest } from './folder-of-test.ts';
import { type Ran, runCli, startCli } from './run-cli.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);

const folder = folderOfTest();

const doctor = (...words: readonly string[]): Promise<Ran> => runCli(folder.path, ['doctor', ...words]);

/** As a runtime leaves it in the data folder of `runCli`. */
function writeRun(run: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(folder.path, 'data'), { recursive: true });
  const usual = { pid: process.pid, port: 1, mqttPort: 2, iotPort: 3, version: '0.1.0', topicRoot: 'battery' };
  writeFileSync(join(folder.path, 'data', 'run.json'), JSON.stringify({ ...usual, ...run }));
}

const healthy = (more: Readonly<Record<string, unknown>> = {}) =>
  answering(
    200,
    { 'content-type': 'application/json' },
    JSON.stringify({
      status: 'ok',
      version: '0.1.0',
      stored: 3,
      waiting: 0,
      failed: 0,
      quarantined: 0,
      collided: 0,
      ...more,
    }),
  );

const doctorOf = (health: ReturnType<typeof healthy>, ...words: readonly string[]): Promise<Ran> =>
  withServer(health, async (port) => {
    writeRun({ port });
    return doctor(...words);
  });

/** A process id of nobody: that of a process which has ended. */
async function goneId(): Promise<number> {
  const { child, done } = startCli(folder.path, ['--version']);
  await done;
  return child.pid ?? 0;
}

describe('doctor, of the local runtime', () => {
  test('where none runs, it says how to start one, and that there was nothing to look at', async () => {
    const { code, out, err } = await doctor();
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(out).toBe(
      `unknown  runtime  no Amphora runs in ${folder.path}/data\n                  -> ./amphora start --data ${folder.path}/data\n`,
    );
  });

  test('one that was killed is told from one that never ran', async () => {
    const pid = await goneId();
    writeRun({ pid });
    const { code, out } = await doctor();
    expect(code).toBe(2);
    expect(out).toContain(`process ${pid} of its run.json ended without a stop`);
  });

  test('a killed one on InfluxDB is started again on that InfluxDB', async () => {
    writeRun({ pid: await goneId(), store: 'influxdb', influx: { url: 'http://db:8086', org: 'ENI', bucket: 'b 1' } });
    const { out } = await doctor();
    expect(out).toContain("--store influxdb --influx-url http://db:8086 --influx-org ENI --influx-bucket 'b 1'\n");
  });

  test.each([
    [{ signInUrl: 'http://localhost:5004' }, ' --auth\n'],
    [{ mqttsPort: 8883, accessToken: true }, ' --device-auth --host …\n'],
    [
      { signInUrl: 'http://localhost:5014', mqttsPort: 8884 },
      ' --auth --auth-port 5014 --device-auth --mqtts-port 8884\n',
    ],
  ])('a killed one that left %j is started again with the doors it had', async (run, flags) => {
    writeRun({ pid: await goneId(), ...run });
    const { out } = await doctor();
    expect(out).toContain(`-> ./amphora start --data ${folder.path}/data${flags}`);
  });

  test('a healthy one is well', async () => {
    const { code, out } = await doctorOf(healthy());
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {2}runtime {5}Amphora 0\.1\.0 answers at http:\/\/localhost:\d+\/ \(process \d+\)$/m);
    expect(out).toMatch(/^ok {2}waiting {5}no message waits$/m);
    expect(out).toMatch(/^ok {2}failed {6}the failure queues are empty$/m);
    expect(out).toMatch(/^ok {2}quarantine {2}nothing is in it: every message so far could be stored$/m);
  });

  test('what it does not emulate is named as its run.json has it', async () => {
    const { code, out } = await withServer(healthy(), async (port) => {
      writeRun({ port, notEmulated: ['SNS.Topic', 'CloudWatch.Alarm'] });
      return doctor();
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {2}emulation {3}of the AWS template, nothing here does SNS\.Topic, CloudWatch\.Alarm$/m);
  });

  test('one on InfluxDB, which is away, is told of as any', async () => {
    const { code, out } = await doctorOf(healthy({ store: 'influxdb', database: 'away', waiting: 2 }));
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {2}waiting {5}messages being stored: 2$/m);
  });

  test('messages that wait or are in quarantine are warnings, with where to look', async () => {
    const { code, out } = await doctorOf(healthy({ waiting: 1_000, quarantined: 2 }));
    expect(code).toBe(0);
    expect(out).toMatch(/^warning {2}waiting {5}1000 messages wait to be stored, so senders wait too; none is lost$/m);
    expect(out).toMatch(/^warning {2}quarantine {2}2 messages could not be stored/m);
    expect(out).toContain(`-> ./amphora quarantine list --data ${folder.path}/data\n`);
  });

  test('messages that could not be stored yet are a warning, with what stores them', async () => {
    const { code, out } = await doctorOf(healthy({ failed: 1 }));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^warning {2}failed {6}1 message waits in the failure queues, and is tried again each minute; none is lost$/m,
    );
    expect(out).toContain(`-> ./amphora redrive --apply --data ${folder.path}/data\n`);
  });

  test('an older one that has no failure queues is not asked for them', async () => {
    const { code, out } = await doctorOf(healthy({ failed: undefined }));
    expect(code).toBe(0);
    expect(out).not.toContain('failed');
  });

  test.each([
    ['nothing', undefined, 'ECONNREFUSED'],
    ['another server', webServer, 'status 404'],
    ['a page', answering(200, {}, '<html>'), 'status 200'],
    ['JSON that is no object', answering(200, {}, 'null'), 'status 200'],
  ])('%s at its port is a problem', async (_what, listener, reason) => {
    const look = async (port: number): Promise<Ran> => {
      writeRun({ port });
      return doctor();
    };
    const { code, out } = listener === undefined ? await look(await freePort()) : await withServer(listener, look);
    expect(code).toBe(1);
    expect(out).toMatch(/^PROBLEM {2}runtime {2}process \d+ of .* does not answer as Amphora/);
    expect(out).toContain(reason);
    expect(out).toMatch(/-> kill \d+, if that is Amphora, and then: \.\/amphora start/);
  });

  test('--json gives the same findings as one object', async () => {
    const { code, out } = await doctorOf(healthy({ quarantined: 1 }), '--json');
    expect(code).toBe(0);
    const { findings } = JSON.parse(out);
    expect(findings).toMatchObject([
      { subject: 'runtime', level: 'ok' },
      { subject: 'waiting', level: 'ok' },
      { subject: 'failed', level: 'ok' },
      { subject: 'quarantine', level: 'warning', next: expect.stringContaining('./amphora quarantine list') },
    ]);
  });
});

describe('doctor, of InfluxDB', () => {
  test('without a token, asked for it, is refused in one sentence', async () => {
    const { code, out, err } = await doctor('--influx-url', 'http://localhost:1');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: the token of InfluxDB is missing; .*\n$/);
  });

  test('without a token, of a runtime that stores there, still looks at the runtime', async () => {
    const { code, out } = await withServer(healthy(), async (port) => {
      writeRun({ port, store: 'influxdb', influx: { url: 'http://localhost:1', org: 'ENI', bucket: 'b' } });
      return doctor();
    });
    expect(code).toBe(2);
    expect(out).toMatch(/^ok +runtime /m);
    expect(out).toMatch(/^unknown +InfluxDB +not looked at: the token of InfluxDB is missing/m);
  });

  test('that a runtime stores in is looked at there, with the token of the environment', async () => {
    const { code, out } = await withServer(influxdb18, (influxPort) =>
      withServer(healthy(), async (port) => {
        const url = `http://127.0.0.1:${influxPort}`;
        writeRun({ port, store: 'influxdb', influx: { url, org: 'ENI', bucket: 'b' } });
        return runCli(folder.path, ['doctor'], { INFLUX_TOKEN: 'secret' });
      }),
    );
    expect(code).toBe(1);
    expect(out).toContain('is InfluxDB 1.8.10, and Amphora needs 2.x');
    expect(out).not.toContain('secret');
  });

  test('beside no runtime is all that is judged', async () => {
    const { code, out } = await withServer(influxdb18, (port) =>
      runCli(folder.path, ['doctor', '--influx-url', `http://127.0.0.1:${port}`, '--json'], { INFLUX_TOKEN: 'secret' }),
    );
    expect(code).toBe(1);
    expect(JSON.parse(out).findings).toMatchObject([
      { subject: 'runtime', level: 'warning' },
      { subject: 'InfluxDB', level: 'problem' },
    ]);
  });
});
