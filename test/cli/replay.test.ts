import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { folderOfTest } from './folder-of-test.ts';
import { runCli, startCli } from './run-cli.ts';
import { type TestBroker, testBroker } from './test-broker.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);

const BOAT = join(import.meta.dirname, '..', '..', 'examples', 'data', 'boat-charge.csv');

const folder = folderOfTest();
let broker: TestBroker;
beforeEach(async () => {
  broker = await testBroker();
});
afterEach(() => broker.close());

const replay = (file: string, ...words: readonly string[]) =>
  runCli(folder.path, ['replay', file, '--battery', 'boat', '--mqtt-url', broker.url, ...words]);

/** A file of rows at these milliseconds after an hour long gone. */
function fileOf(...offsetsMs: readonly number[]): string {
  const rows = offsetsMs.map(
    (offsetMs, i) => `${new Date(Date.UTC(2014, 7, 15) + offsetMs).toISOString()},${i % 100}.50`,
  );
  return folder.file('rows.csv', `timestamp,soc\n${rows.join('\n')}\n`);
}

const timesOf = (texts: readonly string[]): readonly number[] =>
  texts.map((text) => Date.parse(String(JSON.parse(text).timestamp)));

describe('replay over MQTT', () => {
  test("as recorded, the messages are the file's rows, digit for digit", async () => {
    const { code, out } = await replay(BOAT, '--speed', 'max', '--as-recorded', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toStrictEqual({ rows: 1005, sent: 1005, acked: 1005, rejected: 0 });
    const [, ...rows] = readFileSync(BOAT, 'utf8').trim().split(/\r?\n/);
    const expected = rows.map((row) => {
      const [timestamp, voltage, current, temperature] = row.split(',');
      return `{"timestamp":"${timestamp}","voltage":${voltage},"current":${current},"temperature":${temperature}}`;
    });
    expect(broker.messages.map(({ text }) => text)).toStrictEqual(expected);
    expect(new Set(broker.messages.map(({ topic, qos, retain }) => `${topic} ${qos} ${retain}`))).toStrictEqual(
      new Set(['battery/boat/telemetry 1 false']),
    );
  });

  test('without --as-recorded all rows move by the same time, and the last one is now', async () => {
    const beforeMs = Date.now();
    const { code, out } = await replay(BOAT, '--speed', 'max');
    const afterMs = Date.now();
    expect(code).toBe(0);
    expect(out).toContain('Sent 1005 rows, 1005 acknowledged.');
    const sentMs = timesOf(broker.messages.map(({ text }) => text));
    const recordedMs = readFileSync(BOAT, 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((row) => Date.parse(row.split(',')[0] ?? ''));
    const shifts = new Set(sentMs.map((atMs, i) => atMs - (recordedMs[i] ?? 0)));
    expect(shifts.size).toBe(1);
    expect(sentMs.at(-1)).toBeGreaterThanOrEqual(beforeMs);
    expect(sentMs.at(-1)).toBeLessThanOrEqual(afterMs);
  });

  test('paced, the last row leaves at the time that it carries', async () => {
    const running = startCli(folder.path, [
      'replay',
      fileOf(0, 250, 600),
      '--battery',
      'boat',
      '--mqtt-url',
      broker.url,
    ]);
    await broker.received(1);
    const firstMs = Date.now();
    await broker.received(3);
    const lastMs = Date.now();
    expect((await running.done).code).toBe(0);
    const stamps = timesOf(broker.messages.map(({ text }) => text));
    expect(stamps.map((atMs) => atMs - (stamps[0] ?? 0))).toStrictEqual([0, 250, 600]);
    // No row leaves before the time that it carries; how long after is the machine's affair.
    expect(lastMs).toBeGreaterThanOrEqual(stamps[2] ?? 0);
    expect(lastMs - firstMs).toBeGreaterThan(300);
  });

  test('a broken row stops it before anything is sent, and names file, line, column and reason', async () => {
    const file = folder.file('f.csv', 'timestamp,voltage\n2026-01-31T12:00:00Z,13.5\n2026-01-31T12:00:01Z,abc\n');
    const { code, out, err } = await replay(file, '--json');
    expect(code).toBe(1);
    expect(err).toContain("f.csv, line 3, column voltage: 'abc' is not a number");
    expect(err).toContain(
      '1 of 2 rows of f.csv is broken, see above; nothing was sent. Mend the file, or add --skip-bad',
    );
    expect(JSON.parse(out)).toStrictEqual({
      rows: 2,
      sent: 0,
      acked: 0,
      rejected: 1,
      problems: [{ file: 'f.csv', line: 3, column: 'voltage', reason: "'abc' is not a number" }],
      error: expect.stringContaining('nothing was sent'),
    });
    expect(broker.messages).toHaveLength(0);
  });

  test('--skip-bad goes on without the broken rows and counts them', async () => {
    const rows = ['2026-01-31T12:00:00Z,13.5,5', '2026-01-31T12:00:01Z,abc,500', '2026-01-31T12:00:02Z,13.6,6'];
    const file = folder.file('f.csv', `timestamp,voltage,soc\n${rows.join('\n')}\n`);
    const { code, out, err } = await replay(file, '--skip-bad', '--speed', 'max', '--json');
    expect(code).toBe(0);
    expect(err).toContain('f.csv, line 3, column voltage');
    expect(JSON.parse(out)).toStrictEqual({ rows: 3, sent: 2, acked: 2, rejected: 1 });
    expect(broker.messages).toHaveLength(2);
  });

  test('with only broken rows --skip-bad has nothing to send, and says so', async () => {
    const file = folder.file('f.csv', 'timestamp,voltage\n2026-01-31T12:00:01Z,abc\n');
    const { code, err } = await replay(file, '--skip-bad');
    expect({ code, err }).toStrictEqual({ code: 1, err: expect.stringContaining('no row is left to send') });
  });

  test('a file that is refused whole exits with 1 and sends nothing', async () => {
    const { code, err } = await replay(folder.file('f.csv', 'timestamp;voltage\n2026-01-31T12:00:01Z;1,5\n'));
    expect({ code, err }).toStrictEqual({
      code: 1,
      err: expect.stringContaining('f.csv: the columns are separated by semicolons'),
    });
    expect(broker.messages).toHaveLength(0);
  });

  test('what was not acknowledged before the connection was lost is sent again', async () => {
    const file = fileOf(...Array.from({ length: 30 }, (_, i) => i * 10));
    broker.withhold();
    const running = startCli(folder.path, [
      'replay',
      file,
      '--battery',
      'boat',
      '--mqtt-url',
      broker.url,
      '--speed',
      'max',
      '--json',
    ]);
    await broker.received(10);
    await broker.goAway();
    await broker.comeBack();
    const { code, out, err } = await running.done;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toStrictEqual({ rows: 30, sent: 30, acked: 30, rejected: 0 });
    expect(err).toContain('lost; trying again');
    expect(err).toContain('again\n');
    expect(broker.messages.length).toBeGreaterThan(30);
    expect(new Set(broker.messages.map(({ text }) => text)).size).toBe(30);
  });

  test('a connection that does not come back ends it after its patience, and tells what was acknowledged', async () => {
    const file = fileOf(...Array.from({ length: 600 }, (_, i) => i * 100));
    const running = startCli(folder.path, [
      'replay',
      file,
      '--battery',
      'boat',
      '--mqtt-url',
      broker.url,
      '--patience',
      '0.5',
      '--json',
    ]);
    await broker.received(2);
    broker.withhold();
    await broker.goAway();
    const { code, out, err } = await running.done;
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      rows: 600,
      rejected: 0,
      error: expect.stringContaining('was lost and did not come back within 0.5 s'),
    });
    expect(err).toContain('only with --as-recorded is it safe to repeat');
  });

  test.each([
    [['--as-recorded'], 'The same command can be typed again'],
    [[], 'The same command again would store them a second time'],
  ])('a broker that acknowledges nothing is not waited for without end, and may have it: %j', async (words, advice) => {
    broker.withhold();
    const { code, out, err } = await replay(fileOf(0, 10), '--speed', 'max', '--patience', '0.5', '--json', ...words);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ rows: 2, sent: 2, acked: 0 });
    expect(err).toContain(`acknowledged nothing for 0.5 s. 0 of 2 rows were acknowledged. ${advice}`);
  });

  test('SIGINT ends it with the counts so far', async () => {
    const running = startCli(folder.path, [
      'replay',
      fileOf(0, 1, 3_600_000),
      '--battery',
      'boat',
      '--mqtt-url',
      broker.url,
      '--json',
    ]);
    await broker.received(2);
    running.child.kill('SIGINT');
    const { code, out } = await running.done;
    expect(code).toBe(2);
    expect(JSON.parse(out)).toStrictEqual({
      rows: 3,
      sent: 2,
      acked: 2,
      rejected: 0,
      error: expect.stringContaining('stopped. 2 of 3 rows'),
    });
  });

  test('without a server it exits with 2 and says what to type', async () => {
    await broker.goAway();
    const { code, err } = await replay(fileOf(0));
    expect(code).toBe(2);
    expect(err).toContain(`no MQTT broker answers at ${broker.url} (`);
    expect(err).toContain('./amphora start');
  });

  test('a password in the address is never shown', async () => {
    await broker.goAway();
    const { err } = await runCli(folder.path, [
      'replay',
      fileOf(0),
      '--battery',
      'b',
      '--mqtt-url',
      `mqtt://ada:secret@127.0.0.1:${broker.port}`,
    ]);
    expect(err).toContain('no MQTT broker answers');
    expect(err).not.toContain('secret');
  });

  test('a broker that closes every connection at the first row is not waited for until patience ends', async () => {
    broker.refuse();
    const { code, err } = await replay(fileOf(0), '--patience', '86400');
    expect(code).toBe(2);
    expect(err).toContain(
      `the broker at ${broker.url} takes the connection and closes it at the first reading: it may want device certificates`,
    );
  });

  test('--topic-root names the first level of the topic', async () => {
    const { code } = await replay(fileOf(0), '--topic-root', 'second');
    expect(code).toBe(0);
    expect(broker.messages.map(({ topic }) => topic)).toStrictEqual(['second/boat/telemetry']);
  });
});

describe('replay without an address', () => {
  const toWhatRuns = async (run: Readonly<Record<string, unknown>>, ...words: readonly string[]) => {
    await mkdir(join(folder.path, 'data'));
    const written = { pid: process.pid, port: 5999, mqttPort: broker.port, iotPort: 1, version: '0', ...run };
    await writeFile(join(folder.path, 'data', 'run.json'), JSON.stringify(written));
    return runCli(folder.path, ['replay', fileOf(0), '--battery', 'boat', ...words]);
  };

  test('is refused where no Amphora runs in the folder that was named', async () => {
    const { code, err } = await runCli(folder.path, ['replay', fileOf(0), '--battery', 'boat', '--data', 'nobody']);
    expect(code).toBe(2);
    expect(err).toContain('no Amphora runs in nobody; start it with ./amphora start --data nobody');
    expect(broker.messages).toEqual([]);
  });

  test('goes to the Amphora that runs in the data folder', async () => {
    const { code, out } = await toWhatRuns({});
    expect(code).toBe(0);
    expect(out).toContain('See them: http://localhost:5999/?battery=boat');
    expect(broker.messages.map(({ topic }) => topic)).toStrictEqual(['battery/boat/telemetry']);
  });

  test.each([
    ['its own topic root', { topicRoot: 'second' }, []],
    ['the same one, named again', { topicRoot: 'second' }, ['--topic-root', 'second']],
    ['the flag, where its run.json tells none', {}, ['--topic-root', 'second']],
  ])('takes %s', async (_which, run, words) => {
    const { code } = await toWhatRuns(run, ...words);
    expect(code).toBe(0);
    expect(broker.messages.map(({ topic }) => topic)).toStrictEqual(['second/boat/telemetry']);
  });

  test('sends nothing where the flag contradicts what runs', async () => {
    const { code, err } = await toWhatRuns({ topicRoot: 'second' }, '--topic-root', 'third');
    expect({ code, err }).toStrictEqual({
      code: 2,
      err: expect.stringContaining("hears topics below 'second', not 'third'"),
    });
    expect(broker.messages).toHaveLength(0);
  });
});
