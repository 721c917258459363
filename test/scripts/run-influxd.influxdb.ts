import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { type RunningInfluxd, startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { until, within } from '../end-to-end/until.ts';
import { influxdFor } from '../influxd.ts';

const influxd = influxdFor();
const influxd1 = influxdFor({ version: 1 });
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-run-influxd-'));
  folders.push(folder);
  return folder;
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function write({ url, org, bucket, token }: InfluxAddress, line: string): Promise<number> {
  const query = new URLSearchParams({ org, bucket, precision: 'ms' }).toString();
  const headers = { authorization: `Token ${token}` };
  return (await fetch(`${url}/api/v2/write?${query}`, { method: 'POST', headers, body: line })).status;
}

async function read({ url, bucket, token }: InfluxAddress): Promise<unknown> {
  const query = new URLSearchParams({ db: bucket, q: 'SELECT charge FROM battery', epoch: 'ms' }).toString();
  const response = await fetch(`${url}/query?${query}`, { headers: { authorization: `Token ${token}` } });
  const { results }: { results: readonly { series?: readonly { values: unknown }[] }[] } = JSON.parse(
    await response.text(),
  );
  return results[0]?.series?.[0]?.values;
}

/** Takes it as a success only when the server is ended afterwards. */
async function refusal(start: Promise<RunningInfluxd>): Promise<string> {
  return start.then(
    async (started) => {
      await started.discard();
      return 'it started';
    },
    (error: unknown) => String(Object(error).message),
  );
}

describe.each([
  ['2', influxd],
  ['1.12', influxd1],
] as const)('InfluxDB %s', (_, of) => {
  test('keeps through kill -9 and a start on the same port what it acknowledged before', async () => {
    const address = await of.newBucket();
    const server = await of.server();
    expect(await write(address, 'battery charge=1.5 1000')).toBe(204);
    const { port, pid } = server;
    await server.end('SIGKILL');
    expect(isRunning(pid)).toBe(false);
    await server.again();
    expect({ port: server.port, isNew: server.pid !== pid }).toEqual({ port, isNew: true });
    expect(await read(address)).toEqual([[1000, 1.5]]);
  });

  test('gives tokens that may only do what they are for, in one bucket only', async () => {
    const [own, other] = [await of.newBucket(), await of.newBucket()];
    const tried = async (access: 'read' | 'write' | 'both') => {
      const token = await of.newToken(own, access);
      const statuses = [
        await write({ ...own, token }, 'battery charge=1'),
        await write({ ...other, token }, 'battery charge=1'),
      ];
      return statuses.map((status) => status === 204);
    };
    expect(await tried('read')).toEqual([false, false]);
    expect(await tried('write')).toEqual([true, false]);
    expect(await tried('both')).toEqual([true, false]);
  });

  test('that is discarded leaves no process and no folder', async () => {
    const other = await (of === influxd ? startInfluxd() : of.server());
    const { pid, folder } = other;
    expect(isRunning(pid)).toBe(true);
    await other.discard();
    expect({ pid: isRunning(pid), folder: existsSync(folder) }).toEqual({ pid: false, folder: false });
  });
});

describe('a start', () => {
  test('as on a slower disk has the server wait before it syncs, and any other does not', async () => {
    const delayOf = async ({ url, token }: RunningInfluxd): Promise<unknown> => {
      const answer = await fetch(`${url}/api/v2/config`, { headers: { authorization: `Token ${token}` } });
      return Object(Object(await answer.json()).config)['storage-wal-fsync-delay'];
    };
    const slower = await startInfluxd({ syncDelayMs: 5 });
    try {
      expect(await delayOf(slower)).toBe('5ms');
    } finally {
      await slower.discard();
    }
    expect(await delayOf(await influxd.server())).toBe('0s');
  });

  test('on a port that is taken says which, and what to type', async () => {
    const { port } = await influxd.server();
    expect(await refusal(startInfluxd({ folder: newFolder(), port }))).toMatch(
      new RegExp(`^port ${port} is in use, .*another port with --port`),
    );
  });

  test('on a folder that another one is using leaves that one as it is', async () => {
    const server = await influxd.server();
    const says = await refusal(startInfluxd({ folder: server.folder }));
    expect(says).toMatch(/is in use by another InfluxDB; stop that, or take another folder/);
    expect(isRunning(server.pid)).toBe(true);
    expect(await write(server, 'battery charge=1')).toBe(204);
  });

  test('on the folder of an earlier one goes on with its data and its token, which only the owner may read', async () => {
    const folder = newFolder();
    const first = await startInfluxd({ folder });
    expect(await write(first, 'battery charge=2.5 1000')).toBe(204);
    await first.end();
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600);
    const second = await startInfluxd({ folder });
    try {
      expect(second.token).toBe(first.token);
      expect(await read(second)).toEqual([[1000, 2.5]]);
    } finally {
      await second.end();
    }
  });

  test('that cannot use the folder it found says why, and leaves neither process nor change', async () => {
    const folder = newFolder();
    const { token, end } = await startInfluxd({ folder });
    await end();
    expect(await refusal(startInfluxd({ folder, bucket: 'other' }))).toMatch(
      /has no bucket other of the organization ENI/,
    );
    expect(await refusal(startInfluxd({ folder, token: 'wrong' }))).toMatch(/does not take the token given/);
    rmSync(join(folder, 'token'));
    expect(await refusal(startInfluxd({ folder }))).toMatch(/set up by something else, and .*token is missing/);
    // A process that was left would hold the folder.
    const last = await startInfluxd({ folder, token });
    expect(last.token).toBe(token);
    await last.end();
  });

  test('of a program that is no InfluxDB gives its last words', async () => {
    expect(await refusal(startInfluxd({ folder: newFolder(), binary: '/bin/cat' }))).toMatch(
      /did not start in .*\n.*cat:/,
    );
    expect(await refusal(startInfluxd({ folder: newFolder(), binary: '/nowhere' }))).toMatch(
      /did not start in .*\n.*nowhere/,
    );
  });
});

test('a process that is killed takes its InfluxDB with it', async () => {
  const program = `
    import { startInfluxd } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'scripts', 'influxd', 'run-influxd.ts'))};
    const { pid } = await startInfluxd({ folder: ${JSON.stringify(newFolder())} });
    console.log(pid);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const pid = Number(await within('its id', new Promise((resolve) => child.stdout.once('data', resolve))));
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await until('its end', () => !isRunning(pid));
  } finally {
    child.kill('SIGKILL');
  }
});
