import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type DataFolder, openDataFolder, type RunInfo } from '../../local/data-folder.ts';
import { inTempFolder } from './temp-folder.ts';

const RUN: RunInfo = {
  pid: 1,
  port: 2,
  mqttPort: 3,
  iotPort: 4,
  iotAccessKeyId: 'key',
  version: '0.1.0',
  topicRoot: 'battery',
  store: 'sqlite',
};

const jsonOf = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function refusal(path: string, version = '0.1.0'): string {
  try {
    openDataFolder(path, version).release();
    return 'opened';
  } catch (error) {
    expect(error).toMatchObject({ code: 'folder-refused', retry: false });
    return String(Object(error).message);
  }
}

async function using<T>(path: string, use: (folder: DataFolder) => Promise<T> | T): Promise<T> {
  const folder = openDataFolder(path, '0.1.0');
  try {
    return await use(folder);
  } finally {
    folder.release();
  }
}

/** Another process that holds the folder. */
async function holder(path: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'folder-holder.ts');
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('it ended'))),
  ]);
  return child;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

describe('data folder', () => {
  test('that others may look into keeps its own files from them, those of older versions too, and touches no other', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'open');
      for (const name of ['journal', 'quarantine']) mkdirSync(join(path, name), { recursive: true, mode: 0o755 });
      const names = ['store.sqlite', 'store.sqlite-wal', 'kept.ndjson.taken', 'users.json', 'notes.txt'];
      for (const name of names) writeFileSync(join(path, name), '', { mode: 0o644 });
      await using(path, () => {
        const modes = [...names, 'journal', 'quarantine'].map((name) =>
          (statSync(join(path, name)).mode & 0o777).toString(8),
        );
        expect(modes).toEqual(['600', '600', '600', '600', '644', '700', '700']);
      });
    });
  });

  test('is made with its parents, for its owner alone, and says its format and who wrote it', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'deep', 'er ä');
      await using(path, ({ file }) => {
        expect(statSync(path).mode & 0o777).toBe(0o700);
        expect(jsonOf(file('folder.json'))).toEqual({ format: 1, version: '0.1.0' });
        expect(statSync(file('folder.json')).mode & 0o777).toBe(0o600);
      });
    });
  });

  test('of a newer format is refused with the version that wrote it, and nothing in it changes', async () => {
    await inTempFolder((folder) => {
      const path = join(folder, 'folder.json');
      writeFileSync(path, '{"format":2,"version":"7.1.0","other":"kept"}\n');
      writeFileSync(join(folder, 'store.sqlite'), 'untouched');
      const before = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
      const reason = refusal(folder);
      expect(reason).toContain('written by Amphora 7.1.0 (format 2)');
      expect(reason).toContain('this is 0.1.0, which knows formats up to 1');
      expect(reason).toContain('--data');
      expect(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs])).toEqual(before);
      expect(readFileSync(path, 'utf8')).toBe('{"format":2,"version":"7.1.0","other":"kept"}\n');
    });
  });

  test.each(['', '{', 'null', '5', '[]', '{}', '{"format":"1","version":"x"}', '{"format":1.5}'])(
    'with a folder.json of %j is refused, and left as it is',
    async (text) => {
      await inTempFolder((folder) => {
        writeFileSync(join(folder, 'folder.json'), text);
        expect(refusal(folder)).toMatch(
          /folder\.json is not readable as JSON with a format number; nothing was changed/,
        );
        expect(readdirSync(folder)).toEqual(['folder.json']);
        expect(readFileSync(join(folder, 'folder.json'), 'utf8')).toBe(text);
      });
    },
  );

  test('that cannot be made is refused with the cause and the flag', async () => {
    await inTempFolder((folder) => {
      writeFileSync(join(folder, 'file'), '');
      expect(refusal(join(folder, 'file'))).toMatch(
        /cannot be made: a file is in the way \(EEXIST\); name another with --data/,
      );
      expect(refusal(join(folder, 'file', 'below'))).toMatch(/cannot be made: a file is in the way \(ENOTDIR\)/);
    });
  });

  test('whose lock cannot be taken for another reason than another process is refused with that reason', async () => {
    await inTempFolder((folder) => {
      mkdirSync(join(folder, 'lock.sqlite'));
      expect(refusal(folder)).toMatch(/cannot be locked \(unable to open database file\)/);
    });
  });

  test('is held by one process at a time: a second is refused with the first’s pid and port', async () => {
    await inTempFolder(async (path) => {
      const child = await holder(path);
      expect(refusal(path)).toBe(
        `the data folder ${path} is in use by Amphora with process id ${child.pid} on port 5003; stop that one, or name another folder with --data`,
      );
      expect(jsonOf(join(path, 'run.json'))).toMatchObject({ pid: child.pid });
      await ended(child, 'SIGTERM');
      expect(refusal(path)).toBe('opened');
    });
  });

  test('is free again when its process was killed, with whatever it left', async () => {
    await inTempFolder(async (path) => {
      await ended(await holder(path), 'SIGKILL');
      expect(existsSync(join(path, 'run.json'))).toBe(true);
      await using(path, ({ file, writeRun }) => {
        writeRun(RUN);
        expect(jsonOf(file('run.json'))).toEqual(RUN);
      });
    });
  });

  test.each([undefined, 'not JSON', 'null'])('is held also where run.json is %j', async (text) => {
    await inTempFolder(async (path) => {
      await using(path, ({ file }) => {
        if (text !== undefined) writeFileSync(file('run.json'), text);
        expect(refusal(path)).toContain('is in use by another Amphora;');
      });
    });
  });

  test('a stop takes run.json away and frees the folder', async () => {
    await inTempFolder(async (path) => {
      await using(path, ({ writeRun }) => writeRun(RUN));
      expect(existsSync(join(path, 'run.json'))).toBe(false);
      expect(refusal(path)).toBe('opened');
    });
  });

  test('remembers that the simulated battery was removed, through restarts and newer versions', async () => {
    await inTempFolder(async (path) => {
      await using(path, ({ demoRemoved, rememberDemoRemoved }) => {
        expect(demoRemoved()).toBe(false);
        rememberDemoRemoved();
        expect(demoRemoved()).toBe(true);
      });
      expect(refusal(path, '0.2.0')).toBe('opened');
      expect(jsonOf(join(path, 'folder.json'))).toEqual({ format: 1, version: '0.2.0', demoRemoved: true });
      await using(path, ({ demoRemoved }) => expect(demoRemoved()).toBe(true));
    });
  });

  test('its size is that of all files in it, however deep', async () => {
    await inTempFolder(async (path) => {
      await using(path, ({ sizeBytes, file }) => {
        const before = sizeBytes();
        mkdirSync(file('journal'));
        writeFileSync(join(file('journal'), '1'), 'x'.repeat(1_000));
        writeFileSync(file('store.sqlite'), 'x'.repeat(234));
        expect(sizeBytes() - before).toBe(1_234);
      });
    });
  });
});
