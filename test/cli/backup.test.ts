import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ROOT } from '../end-to-end/process.ts';
import { until, within } from '../end-to-end/until.ts';
import { fillFolder, SIZES } from '../local/backup/filled-folder.ts';
import { folderOfTest } from './folder-of-test.ts';
import { type Ran, runCli, startCli } from './run-cli.ts';

// Each test starts a process or more; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

const PATIENCE_MS = 30_000;
const PADDING_BYTES = 120_000_000;
// Of 512 bytes.
const LIMIT_BLOCKS = 8_192;

const folder = folderOfTest();
const data = (): string => join(folder.path, 'data');
const run = (...words: readonly string[]): Promise<Ran> => runCli(folder.path, words);
const there = (): readonly string[] => readdirSync(folder.path).toSorted();

beforeEach(() => fillFolder(data()));

/** So large that it is being copied when somebody looks. */
function padded(): void {
  writeFileSync(join(data(), 'padding'), Buffer.alloc(PADDING_BYTES));
}

const beside = (): string | undefined => there().find((name) => name.endsWith('.new'));

/** With a limit on what one file may take: the kernel then refuses to write on, as on a full disk, wherever it is run. */
async function runLimited(...words: readonly string[]): Promise<Ran> {
  const node = ['--disable-warning=ExperimentalWarning', 'cli/main.ts', ...words];
  const env = { PATH: process.env['PATH'], HOME: folder.path, AMPHORA_CWD: folder.path, AMPHORA_DATA: data() };
  const script = `ulimit -f ${LIMIT_BLOCKS}; exec "$0" "$@"`;
  return new Promise((resolve) => {
    execFile('sh', ['-c', script, process.execPath, ...node], { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

describe('./amphora backup, --check and restore', () => {
  test('say what is in the file, in words and as JSON, and lead from one to the next', async () => {
    const made = await run('backup', 'a.backup');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(
      /^Backed up \S+ to a\.backup: \d+ files, \d+ kB, read back whole\.\nEverything that was acknowledged before \d{4}-\S+Z is in it\.\n/,
    );
    expect(made.out).toContain(
      `\n  boat            ${SIZES.stored} readings, 2026-11-23T10:00:00.000Z to 2026-11-23T10:00:00.039Z\n`,
    );
    expect(made.out).toContain('It holds the keys and passwords of the folder');
    expect(made.out).toContain('\nTo restore it: ./amphora restore a.backup --data FOLDER\n');
    const checked = await run('backup', '--check', 'a.backup', '--json');
    expect(checked).toMatchObject({ code: 0, err: '' });
    const report = JSON.parse(checked.out);
    expect(report).toStrictEqual({
      file: 'a.backup',
      format: 1,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      instant: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      folderFormat: 1,
      files: expect.any(Number),
      bytes: statSync(join(folder.path, 'a.backup')).size,
      batteries: [
        {
          battery: 'boat',
          readings: SIZES.stored,
          first: '2026-11-23T10:00:00.000Z',
          last: '2026-11-23T10:00:00.039Z',
        },
      ],
      journalRecords: SIZES.journal,
      queued: 0,
      quarantined: SIZES.kept,
      users: 1,
      devices: 0,
      problems: [],
      isWhole: true,
    });
    expect(made.out).toContain(report.instant);
    expect((await run('backup', '--check', 'a.backup')).out).toContain('\nTo restore it: ./amphora restore a.backup');
    const { file: _, isWhole: __, ...same } = report;
    const restored = await run('restore', 'a.backup', '--data', 'new', '--json');
    expect(JSON.parse(restored.out)).toStrictEqual({ folder: join(folder.path, 'new'), ...same });
    const again = await run('backup', 'b.backup', '--data', 'new');
    expect(again.out).toContain(`boat            ${SIZES.stored} readings`);
    expect(there()).toEqual(['a.backup', 'b.backup', 'data', 'new']);
  });

  test('a file that is there is left as it is, and replaced with --force', async () => {
    folder.file('a.backup', 'mine');
    expect(await run('backup', 'a.backup')).toEqual({
      code: 2,
      out: '',
      err: 'amphora: a.backup is there already and was left as it is; name another file, or add --force to replace it\n',
    });
    expect(readFileSync(join(folder.path, 'a.backup'), 'utf8')).toBe('mine');
    expect((await run('backup', 'a.backup', '--force')).code).toBe(0);
    expect((await run('backup', '--check', 'a.backup')).code).toBe(0);
  });

  test('a file that is not whole is told by --check and by restore with exit code 1', async () => {
    await run('backup', 'a.backup');
    const whole = readFileSync(join(folder.path, 'a.backup'));
    folder.file('cut.backup', whole.subarray(0, whole.length - 1));
    const changed = Buffer.from(whole);
    changed.write('DAMAGE', changed.indexOf('trace-3'));
    folder.file('changed.backup', changed);
    for (const [name, words] of [
      ['cut.backup', 'cut.backup is cut off: it ends after '],
      [
        'changed.backup',
        'changed.backup holds journal/000000001.journal other than it was written; take another copy of it',
      ],
      [
        'data/folder.json',
        'is no backup of Amphora: it does not begin with AMPHORA-BACKUP and a format number; name the right file',
      ],
    ] as const) {
      const checked = await run('backup', '--check', name, '--json');
      expect(checked).toMatchObject({ code: 1, err: expect.stringContaining(words) });
      expect(JSON.parse(checked.out)).toStrictEqual({
        file: name,
        isWhole: false,
        error: expect.stringContaining(words),
      });
      expect(await run('restore', name, '--data', 'new')).toMatchObject({
        code: 1,
        err: expect.stringContaining(words),
      });
    }
    expect(there()).toEqual(['a.backup', 'changed.backup', 'cut.backup', 'data']);
  });

  test.each([
    [['backup'], 'name the file to write'],
    [['restore'], 'name the backup'],
    [['backup', 'x', '--check', '--force'], '--check writes nothing'],
    [['backup', 'x', '--check', '--data', 'y'], '--check looks at the file alone'],
    [['backup', '--check', 'none'], 'none cannot be read (ENOENT)'],
    [['restore', 'none', '--data', 'new'], 'none cannot be read (ENOENT)'],
    [['restore', 'data/folder.json'], 'data is not empty (device-ca.key.pem and '],
    [['restore', 'none', '--data', 'data/folder.json'], 'cannot be read as a folder (ENOTDIR)'],
    [['backup', 'x', '--data', 'none'], 'there is no data folder '],
  ])('%j is refused in one line with exit code 2', async (words, sentence) => {
    const { code, out, err } = await run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: .*\n$/);
    expect(err).toContain(sentence);
    expect(there()).toEqual(['data']);
  });

  test('readings that are in InfluxDB are said not to be in the file, with what backs them up', async () => {
    const influx = { url: 'http://localhost:8086', org: 'ENI', bucket: 'battery1' };
    writeFileSync(join(data(), 'run.json'), JSON.stringify({ pid: process.pid, port: 1, mqttPort: 2, influx }));
    const { code, out } = await run('backup', 'a.backup');
    expect(code).toBe(0);
    expect(out).toContain(
      'NOT in this file: they are in InfluxDB at http://localhost:8086, bucket battery1 of ENI; back them up with its own influx backup DIR',
    );
    expect((await run('backup', '--check', 'a.backup')).out).toContain('NOT in this file');
    expect(JSON.parse((await run('backup', '--check', 'a.backup', '--json')).out)).toMatchObject({ influx });
    expect((await run('restore', 'a.backup', '--data', 'new')).out).toMatch(/Start it: .* --store influxdb …\n$/);
  });

  test('a disk that is full leaves no file, and says so', async () => {
    padded();
    const { code, err } = await runLimited('backup', 'a.backup');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^amphora: \S+a\.backup cannot be written \(EFBIG\); no file was left\. Now make room there, or name a place on another disk\n$/,
    );
    expect(there()).toEqual(['data']);
  });

  test('Ctrl-C leaves nothing, and says so', async () => {
    padded();
    const { child, done } = startCli(folder.path, ['backup', 'a.backup']);
    await until('it to be writing', beside, PATIENCE_MS);
    child.kill('SIGINT');
    const { code, err } = await within('its end', done, PATIENCE_MS);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'amphora: stopped before the end; no file was left. Type the same again\n',
    });
    expect(there()).toEqual(['data']);
  });

  test('kill -9 leaves no file of that name, and the next backup takes away what it did leave', async () => {
    padded();
    const { child, done } = startCli(folder.path, ['backup', 'a.backup']);
    await until('it to be writing', beside, PATIENCE_MS);
    child.kill('SIGKILL');
    await done;
    expect(existsSync(join(folder.path, 'a.backup'))).toBe(false);
    expect(there().length).toBeGreaterThan(1);
    expect((await run('backup', 'a.backup')).code).toBe(0);
    expect(there()).toEqual(['a.backup', 'data']);
  });

  test('a restore that kill -9 ended says so in the folder, nothing starts there, and the same command completes it', async () => {
    padded();
    await run('backup', 'a.backup');
    const { child, done } = startCli(folder.path, ['restore', 'a.backup', '--data', 'new']);
    const marked = join(folder.path, 'new', 'folder.json');
    await until('it to be writing', () => existsSync(marked), PATIENCE_MS);
    child.kill('SIGKILL');
    await done;
    const sentence = 'did not reach its end, so it does not hold all yet; type ./amphora restore';
    const started = await run('start', '--data', 'new', '--port', '0', '--mqtt-port', '0', '--no-demo');
    expect(started).toMatchObject({ code: 2, err: expect.stringContaining(sentence) });
    expect(await run('backup', 'b.backup', '--data', 'new')).toMatchObject({
      code: 2,
      err: expect.stringContaining(sentence),
    });
    expect(await run('restore', 'a.backup', '--data', 'new')).toMatchObject({ code: 0, err: '' });
    expect(statSync(join(folder.path, 'new', 'padding')).size).toBe(PADDING_BYTES);
    expect((await run('backup', 'b.backup', '--data', 'new')).code).toBe(0);
  });
});
