import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Folder, runCli, temporaryFolder } from './run-cli.ts';
import { testBroker } from './test-broker.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const run = (...words: readonly string[]) => runCli(folder.path, words);

describe('the process', () => {
  test('--help names every command, on stdout', async () => {
    const { code, out, err } = await run('--help');
    expect({ code, err }).toStrictEqual({ code: 0, err: '' });
    for (const name of [
      'start',
      'simulate',
      'replay',
      'user',
      'login',
      'token',
      'logout',
      'doctor',
      'backup',
      'restore',
      'audit',
      'quarantine',
      'redrive',
      'migrate-bucket',
      'cost',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test.each([
    [
      'start',
      [
        '--port N',
        '--mqtt-port N',
        '--data DIR',
        '--host H',
        '--demo',
        '--no-demo',
        '--retry-delays S,S',
        '--store KIND',
        '--influx-url URL',
        '--influx-token-file FILE',
        '(default 5003)',
      ],
    ],
    [
      'simulate',
      [
        '--battery ID',
        '--period T',
        '--seed N',
        '--count N',
        '--url URL',
        '--mqtt-url URL',
        '--topic-root ROOT',
        '(default 1s)',
      ],
    ],
    [
      'replay',
      ['--battery ID', '--speed N', '--as-recorded', '--skip-bad', '--url URL', '--topic-root ROOT', '(default 1)'],
    ],
    ['doctor', ['--data DIR', '--influx-url URL', '--influx-org ORG', '--influx-bucket BUCKET', '(default battery1)']],
    ['audit', ['--battery ID', '--from T', '--to T', '--url URL', '--data DIR', '(default its oldest sample)']],
    ['quarantine', ['--battery ID', '--reason WORDS', '--limit N', '--url URL', '--data DIR', '(default 100)']],
    ['redrive', ['--apply', '--url URL', '--data DIR', '(default $AMPHORA_DATA']],
    ['user', ['--stack NAME', '--region R', '--no-mail', '--data DIR']],
    ['login', ['--no-browser', '--wait S', '--data DIR', '(default 300)']],
    ['token', ['--client-id ID', '--client-secret-file FILE', '--data DIR']],
    ['logout', ['--forget', '--data DIR']],
    ['backup', ['--data DIR', '--force', '--check']],
    ['restore', ['--data DIR']],
    [
      'cost',
      ['--batteries N', '--period S', '--per-message K', '--viewers V', '--via HOW', '--assume LIST', '(default 10s)'],
    ],
    [
      'migrate-bucket',
      ['--from BUCKET', '--to BUCKET', '--influx-url URL', '--influx-token-file FILE', '(default ENI)'],
    ],
  ])('%s --help tells usage, flags with defaults, an example and the exit codes', async (name, flags) => {
    const { code, out, err } = await run(name, '--help');
    expect({ code, err }).toStrictEqual({ code: 0, err: '' });
    for (const flag of [...flags, '--json']) expect(out).toContain(flag);
    expect(out).toContain(`Usage: ./amphora ${name} `);
    expect(out).toMatch(/Example:\n {2}\.\/amphora /);
    expect(out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect((await run('help', name)).out).toBe(out);
  });

  test('--version prints the version of package.json, with --json as JSON', async () => {
    const { code, out } = await run('--version');
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(JSON.parse((await run('--version', '--json')).out)).toStrictEqual({ version: out.trim() });
  });

  test('without a command the help goes to stderr and the exit code is 2', async () => {
    expect(await run()).toStrictEqual({ code: 2, out: '', err: expect.stringContaining('Usage: ./amphora <command>') });
  });

  test('a fault of its own is one line that says what to do; the stack comes only when asked for', async () => {
    const broker = await testBroker();
    const words = ['simulate', '--battery', 'b', '--mqtt-url', broker.url, '--json'];
    // Throws in the middle of the command, as a mistake in it would.
    const script = `process.on('newListener',(name)=>{if(name==='SIGTERM')setTimeout(()=>{throw new Error('one\\ntwo')},1)})`;
    const fault = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
    const { code, out, err } = await runCli(folder.path, words, fault);
    const asked = await runCli(folder.path, words, { ...fault, AMPHORA_DEBUG: '1' });
    await broker.close();
    expect(code).toBe(2);
    expect(err).toMatch(/^amphora: stopped by a fault of its own: one two\. Please report it .*\n$/);
    expect(JSON.parse(out)).toStrictEqual({ error: expect.stringContaining('one two') });
    expect(asked.err).toMatch(/\n {4}at /);
  });

  test('with --json a refusal is an object on stdout too', async () => {
    const { code, out } = await run('start', '--port', 'x', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toStrictEqual({ error: expect.stringContaining('--port must be a port number') });
  });
});
