import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connectDevice } from './devices.ts';
import { attach, refusedStart, startLocal } from './local.ts';
import { allRows } from './pages.ts';
import { runProcess, temporaryFolder } from './process.ts';
import { LOCAL, onTargets } from './target.ts';
import { until, within } from './until.ts';

const TEST_MS = 150_000;

onTargets(LOCAL, 'processes, ports and data folders', () => {
  describe('a restart', () => {
    test(
      'after kill -9 shows what was acknowledged before it, whether it was stored yet or not',
      async () => {
        const first = await startLocal();
        await first.post('/charge', { charge: 21 });
        await first.drained();
        const device = await first.device();
        const timestamp = new Date(Date.now() - 5000).toISOString();
        await device.publish('battery/boat/telemetry', { soc: 66, timestamp });
        expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
        expect(existsSync(join(first.dataDir, 'run.json'))).toBe(true);
        const second = await startLocal({ dataDir: first.dataDir });
        expect(await second.drained()).toEqual({ stored: 2, kept: 0 });
        expect((await second.get('/livedata')).body).toMatchObject({ charge: 21 });
        expect((await second.get('/livedata?battery=boat')).body).toMatchObject({ soc: { value: 66 } });
        await second.end('SIGTERM');
      },
      TEST_MS,
    );

    test(
      'takes up what was acknowledged and not yet stored, and leaves nothing for the one after',
      async () => {
        const first = await startLocal();
        const nowMs = Date.now();
        const samples = Array.from({ length: 50 }, (_, i) => ({ timestamp: nowMs - 1000 - i, soc: i }));
        const device = await first.device();
        for (const sample of samples)
          void device.client.publishAsync('battery/boat/telemetry', JSON.stringify(sample), { qos: 1 });
        await device.publish('battery/boat/telemetry', { timestamp: nowMs - 9000, soc: 99 });
        await first.end('SIGKILL');
        const second = await startLocal({ dataDir: first.dataDir });
        await second.drained();
        expect((await allRows(second, '/read?shape=wide&battery=boat')).rows).toHaveLength(51);
        expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null });
        const third = await startLocal({ dataDir: first.dataDir });
        expect(third.out()).not.toContain('that the last run had not finished');
        expect(readdirSync(join(first.dataDir, 'journal'))).toEqual([]);
        await third.end('SIGTERM');
      },
      TEST_MS,
    );
  });

  describe('the end', () => {
    test(
      'by the two signals that a Ctrl-C on npm start becomes is clean too',
      async () => {
        const amphora = await startLocal();
        process.kill(amphora.pid, 'SIGINT');
        await until('it to begin to stop', () => amphora.out().includes('Stopping') || !isAlive(amphora.pid));
        expect(await amphora.end('SIGINT')).toEqual({ code: 0, signal: null });
        expect(existsSync(join(amphora.dataDir, 'run.json'))).toBe(false);
      },
      TEST_MS,
    );

    test(
      'by SIGTERM through npm start is clean: exit 0, no run.json, no process left',
      async () => {
        const dataDir = join(temporaryFolder(), 'data');
        const words = ['start', '--', '--port', '0', '--mqtt-port', '0', '--data', dataDir, '--no-demo'];
        const npm = runProcess('npm', words, { HOME: temporaryFolder() });
        const amphora = await attach(npm, dataDir, { isOwnProcess: false });
        expect((await amphora.post('/charge', { charge: 1 })).status).toBe(200);
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
        expect(amphora.out()).toContain('Stopping');
        expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
        await until('the process to be gone', () => !isAlive(amphora.pid));
      },
      TEST_MS,
    );

    test(
      'does not wait for a browser’s silent connection, a client that stalls in its request or stays after a refusal, or devices',
      async () => {
        const amphora = await startLocal();
        await amphora.device();
        await connectDevice(`ws://localhost:${amphora.port}/mqtt`);
        const stalled = 'POST /charge HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{';
        const refused = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
        for (const text of ['', stalled, refused]) {
          const socket = connect({ port: amphora.port, host: '127.0.0.1', allowHalfOpen: true });
          socket.resume();
          socket.on('error', () => {});
          await within('a connection', new Promise<void>((resolve) => socket.once('connect', () => resolve())));
          if (text !== '')
            await within('the bytes', new Promise<void>((resolve) => socket.write(text, () => resolve())));
        }
        expect(await within('the end', amphora.end('SIGTERM'), 10_000)).toEqual({ code: 0, signal: null });
      },
      TEST_MS,
    );
  });

  describe('a start that cannot be', () => {
    test(
      'on a folder in use ends with 2 and names the other’s process and port, and the other goes on',
      async () => {
        const amphora = await startLocal();
        const second = await refusedStart(['--port', '0', '--mqtt-port', '0', '--data', amphora.dataDir]);
        expect(second).toMatchObject({ code: 2, err: expect.stringContaining(`process id ${amphora.pid}`) });
        expect(second.err).toContain(`port ${amphora.port}`);
        expect(second.err).toContain(amphora.dataDir);
        expect(second.err.trim().split('\n')).toHaveLength(1);
        expect((await amphora.post('/charge', { charge: 1 })).status).toBe(200);
        expect(existsSync(join(amphora.dataDir, 'run.json'))).toBe(true);
        await amphora.end('SIGTERM');
      },
      TEST_MS,
    );

    test.each(['--port', '--mqtt-port'])(
      'on a port in use ends with 2 and names the port and %s, and the folder can be used after',
      async (flag) => {
        const { server, port } = await listening();
        const dataDir = join(temporaryFolder(), 'data');
        const other = flag === '--port' ? '--mqtt-port' : '--port';
        const refused = await refusedStart([flag, String(port), other, '0', '--data', dataDir, '--no-demo']);
        await new Promise<void>((resolve) => server.close(() => resolve()));
        expect(refused.code).toBe(2);
        expect(refused.err).toContain(`port ${port} is in use`);
        expect(refused.err).toContain(flag);
        expect(refused.err.trim().split('\n')).toHaveLength(1);
        expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
        await (await startLocal({ dataDir })).end('SIGTERM');
      },
      TEST_MS,
    );

    test(
      'on a folder of a newer Amphora ends with 2, says which wrote it, and changes nothing',
      async () => {
        const dataDir = join(temporaryFolder(), 'data');
        mkdirSync(dataDir);
        writeFileSync(join(dataDir, 'folder.json'), '{"format":99,"version":"9.8.7","what":"ever"}\n');
        writeFileSync(join(dataDir, 'store.sqlite'), 'of a later form');
        const contents = (): unknown =>
          readdirSync(dataDir).map((name) => [name, readFileSync(join(dataDir, name), 'utf8')]);
        const before = contents();
        const refused = await refusedStart(['--port', '0', '--mqtt-port', '0', '--data', dataDir]);
        expect(refused.code).toBe(2);
        expect(refused.err).toContain('9.8.7');
        expect(refused.err).toContain('format 99');
        expect(refused.err.trim().split('\n')).toHaveLength(1);
        expect(contents()).toEqual(before);
      },
      TEST_MS,
    );

    test.each([
      ['198.51.100.7', 'is not an address of this machine'],
      ['127.0.0.2', 'which no other device reaches'],
      ['nobody.invalid', 'is a name that nobody knows here'],
    ])(
      'on --host %s ends with 2 and a sentence',
      async (host, why) => {
        const refused = await refusedStart(['--host', host, '--port', '0', '--data', temporaryFolder()]);
        expect(refused.code).toBe(2);
        expect(refused.err).toContain(`--host ${host} `);
        expect(refused.err).toContain(why);
        expect(refused.err.trim().split('\n')).toHaveLength(1);
      },
      TEST_MS,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, port: address.port };
}
