import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, jest, test } from '@jest/globals';
import { folderOfTest } from '../folder-of-test.ts';
import { runCli } from '../run-cli.ts';
import { writeRun } from './local-runtime.ts';

// Each test starts processes; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

const folder = folderOfTest();

const add = (...words: readonly string[]) => runCli(folder.path, ['add-battery', ...words, '--wait', '0', '--json']);
const inFolder = (...names: readonly string[]): string => join(folder.path, ...names);
const text = (...names: readonly string[]): string => readFileSync(inFolder(...names), 'utf8');

const HERE_ONLY = /^localhost is this machine only; for other devices start with --device-auth --host ADDRESS/;

/** What a shell makes of a line: its words. */
function wordsOf(line: string): readonly string[] {
  const out = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

describe('add-battery', () => {
  test('writes a key, its certificate and the CA for their owner alone, and tells where', async () => {
    const { code, out } = await add('garage');
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({
      battery: 'garage',
      isNew: true,
      topic: 'battery/garage/telemetry',
      broker: { host: 'localhost', port: 8883 },
      firstMessage: null,
    });
    const device = inFolder('garage-device');
    expect(statSync(device).mode & 0o777).toBe(0o700);
    expect(readdirSync(device).toSorted()).toEqual([
      'ca.pem',
      'garage.cert.pem',
      'garage.esphome-secrets.yaml',
      'garage.key.pem',
    ]);
    for (const name of readdirSync(device)) expect(statSync(join(device, name)).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(text('garage-device', 'garage.cert.pem'));
    expect(certificate.checkPrivateKey(createPrivateKey(text('garage-device', 'garage.key.pem')))).toBe(true);
    expect(certificate.verify(new X509Certificate(text('garage-device', 'ca.pem')).publicKey)).toBe(true);
    expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(result.certificateId);
  });

  test('prints lines that a shell, a mosquitto.conf and ESPHome read as they are meant, from a folder with a space in its name', async () => {
    const { out } = await add('garage', '--out', "my device's");
    const { mosquittoPub, mosquittoBridge, esphome, files } = JSON.parse(out);
    const device = inFolder("my device's");
    expect(wordsOf(mosquittoPub)).toEqual([
      ...'mosquitto_pub -h localhost -p 8883 --cafile'.split(' '),
      join(device, 'ca.pem'),
      '--cert',
      files.certificate,
      '--key',
      files.key,
      ...'-i garage -q 1 -t battery/garage/telemetry -m {"power":1.5,"soc":80}'.split(' '),
    ]);
    const settings = new Map(mosquittoBridge.split('\n').map((line: string) => line.split(/ (.*)/s).slice(0, 2)));
    expect(Object.fromEntries(settings)).toMatchObject({
      remote_clientid: 'garage',
      notifications: 'false',
      try_private: 'false',
      bridge_keyfile: files.key,
      topic: 'battery/garage/telemetry out 1',
    });
    expect(esphome).toContain('  client_id: garage\n');
    const secrets = readFileSync(files.esphomeSecrets, 'utf8');
    for (const [, name] of esphome.matchAll(/!secret (\w+)/g)) expect(secrets).toContain(`${name}: |\n  -----BEGIN `);
    expect(secrets.replaceAll(/^ {2}/gm, '')).toContain(readFileSync(files.key, 'utf8'));
  });

  test('the same again changes nothing, and puts back what is missing', async () => {
    const first = JSON.parse((await add('garage')).out);
    rmSync(first.files.certificate);
    rmSync(first.files.ca);
    const again = JSON.parse((await add('garage')).out);
    expect(again).toEqual({ ...first, isNew: false });
    expect(existsSync(first.files.certificate) && existsSync(first.files.ca)).toBe(true);
  });

  test('a run that was cut off behind the key goes on with that key', async () => {
    const first = JSON.parse((await add('garage')).out);
    const key = readFileSync(first.files.key, 'utf8');
    rmSync(first.files.certificate);
    const devices = new DatabaseSync(inFolder('data', 'devices.sqlite'));
    devices.exec('DELETE FROM thing');
    devices.close();
    const again = JSON.parse((await add('garage')).out);
    expect(again.isNew).toBe(true);
    expect(readFileSync(first.files.key, 'utf8')).toBe(key);
  });

  test('a registered battery without its key is refused with what to do, and --new-certificate does it', async () => {
    const first = JSON.parse((await add('garage')).out);
    const refused = await add('garage', '--out', 'elsewhere');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('the same command with --new-certificate makes a new one');
    expect(existsSync(inFolder('elsewhere'))).toBe(false);
    const second = JSON.parse((await add('garage', '--out', 'elsewhere', '--new-certificate')).out);
    const listed = JSON.parse((await runCli(folder.path, ['list-batteries', '--json'])).out);
    expect(listed.batteries).toMatchObject([
      {
        battery: 'garage',
        certificates: [{ certificateId: first.certificateId }, { certificateId: second.certificateId }],
      },
    ]);
    const start = first.certificateId.slice(0, 10).toUpperCase();
    const removed = await runCli(folder.path, ['remove-battery', 'garage', '--certificate', start, '--json']);
    expect(JSON.parse(removed.out)).toMatchObject({ certificateIds: [first.certificateId] });
  });

  test('--new-certificate makes nothing where the folder has the registered key, and says so', async () => {
    const first = JSON.parse((await add('garage')).out);
    const { code, err } = await add('garage', '--new-certificate');
    expect(code).toBe(2);
    expect(err).toContain(
      `${inFolder('garage-device')} holds a key that is registered; name another folder with --out`,
    );
    const start = first.certificateId.slice(0, 8);
    expect(err).toContain(`stays good until ./amphora remove-battery garage --certificate ${start}\n`);
    // What an interrupted run leaves is completed.
    rmSync(first.files.certificate);
    const again = await add('garage', '--new-certificate');
    expect({ code: again.code, isNew: JSON.parse(again.out).isNew }).toEqual({ code: 0, isNew: false });
  });

  test('a removed battery does not come back with its old key', async () => {
    const { files } = JSON.parse((await add('garage')).out);
    expect((await runCli(folder.path, ['remove-battery', 'garage'])).code).toBe(0);
    const { code, err } = await add('garage');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('of another registration') });
    expect(err).toMatch(new RegExp(`remove it: rm -r ${files.folder}\n$`));
    expect(existsSync(files.key)).toBe(true);
    expect((await add('garage', '--out', 'fresh')).code).toBe(0);
  });

  test('the topics of the original demo come with the battery default', async () => {
    const { out } = await add('default', '--demo-topics');
    expect(JSON.parse(out).mosquittoBridge).toMatch(
      /topic battery\/default\/telemetry out 1\ntopic battery\/charge out 1\ntopic battery\/discharge out 1\n$/,
    );
    const listed = JSON.parse((await runCli(folder.path, ['list-batteries', '--json'])).out);
    expect(listed.batteries[0].certificates[0].policies).toEqual(['Amphora-demo-topics', 'Amphora-device']);
  });

  test('a runtime that asks for no certificate is told, with the line that needs none', async () => {
    writeRun(folder.path, { mqttPort: 1884 });
    const { remarks, plainMosquittoPub } = JSON.parse((await add('garage')).out);
    expect(remarks).toEqual([expect.stringContaining('runs without --device-auth'), expect.stringMatching(HERE_ONLY)]);
    expect(wordsOf(plainMosquittoPub)).toEqual(
      expect.arrayContaining(['-p', '1884', '-t', 'battery/garage/telemetry']),
    );
  });

  test('of its lines the one that works now comes first, and the others behind what they need', async () => {
    writeRun(folder.path, { mqttPort: 1884 });
    const { out } = await runCli(folder.path, ['add-battery', 'garage', '--wait', '0']);
    const [plain = '', checked = ''] = out.split('once it runs with --device-auth');
    expect(plain).toMatch(/mosquitto_pub -h localhost -p 1884 -q/);
    expect(plain).not.toMatch(/\b8883\b/);
    expect(checked).toMatch(/mosquitto_pub -h localhost -p 8883 [^]*address localhost:8883[^]*broker: localhost/);
  });

  test('a runtime with --device-auth is met on the port that it has for devices', async () => {
    writeRun(folder.path, { mqttPort: 1884, mqttsPort: 8999 });
    const result = JSON.parse((await add('garage')).out);
    expect(result.broker).toEqual({ host: 'localhost', port: 8999 });
    expect(result).not.toHaveProperty('plainMosquittoPub');
    expect(result.remarks).toEqual([expect.stringMatching(HERE_ONLY)]);
  });

  test('a runtime that others at home may reach has no remark', async () => {
    writeRun(folder.path, { mqttPort: 1884, mqttsPort: 8999, accessToken: true });
    const { remarks, broker } = JSON.parse((await add('garage')).out);
    expect({ remarks, host: broker.host }).toEqual({ remarks: [], host: expect.not.stringMatching('localhost') });
  });

  test("another stack's battery is refused with its owner's name", async () => {
    await add('garage');
    const devices = new DatabaseSync(inFolder('data', 'devices.sqlite'));
    devices.exec("UPDATE thing SET stack = 'Boat'");
    devices.close();
    for (const words of [
      ['add-battery', 'garage', '--wait', '0'],
      ['remove-battery', 'garage'],
    ]) {
      const { code, err } = await runCli(folder.path, words);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is registered by the stack Boat') });
    }
  });

  test('a file in the place of the key is not written over', async () => {
    const first = JSON.parse((await add('garage', '--out', 'one')).out);
    writeFileSync(first.files.key, 'my notes');
    const { code, err } = await add('garage', '--out', 'one');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('it is not written over') });
    expect(readFileSync(first.files.key, 'utf8')).toBe('my notes');
  });

  test('a folder that cannot be made is told before anything is registered', async () => {
    folder.file('taken', '');
    for (const out of ['taken', 'taken/below']) {
      const { code, err } = await add('garage', '--out', out);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining(`${inFolder(out)} (a file is in the way); name another folder with --out`),
      });
    }
    const listed = await runCli(folder.path, ['list-batteries', '--json']);
    expect({ code: listed.code, out: JSON.parse(listed.out) }).toEqual({ code: 0, out: { batteries: [] } });
  });

  test.each([
    ['no id', [], 'name the battery, as in ./amphora add-battery garage'],
    ['an id in upper case', ['Garage'], "did you mean 'garage'?"],
    ['a reserved id', ['charge'], "battery id 'charge' is reserved"],
    ['the simulated battery', ['demo'], "battery id 'demo' is reserved"],
    ['an id that is a path', ['../x'], 'must be a-z, 0-9, _ and -'],
    [
      'the demo’s topics for another battery',
      ['garage', '--demo-topics'],
      "--demo-topics is for the battery 'default'",
    ],
    [
      'a further certificate of a battery that is not there',
      ['garage', '--new-certificate'],
      'leave --new-certificate out',
    ],
    ['a region without a stack', ['garage', '--region', 'eu-central-1'], 'give --stack NAME with it'],
    ['a stack and a data folder', ['garage', '--stack', 'S', '--data', 'd'], '--stack and --data name two different'],
  ])('%s is refused, and nothing is left behind', async (_what, words, sentence) => {
    const { code, err } = await add(...words);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(sentence) });
    expect(readdirSync(folder.path).filter((name) => name.endsWith('-device'))).toEqual([]);
  });

  test('a wait that is no number of seconds is refused', async () => {
    const { code, err } = await runCli(folder.path, ['add-battery', 'garage', '--wait', '5min']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--wait must be a number of seconds') });
  });
});
