import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { startGroup } from '../../scripts/process-group.ts';
import { until } from '../end-to-end/until.ts';

const options = { cwd: '/', env: { PATH: process.env['PATH'] ?? '' } };
const shell = (script: string, onLine?: (line: string) => void) =>
  startGroup('sh', ['-c', script], { ...options, ...(onLine === undefined ? {} : { onLine }) });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a process group', () => {
  test('ends with all its children, however deep', async () => {
    const lines: string[] = [];
    const group = await shell('sh -c "sleep 60 & echo \\$!; wait" & echo $!; wait', (line) => lines.push(line));
    await until('both ids', () => lines.length === 2);
    await group.end();
    expect(await group.ended).toBe('SIGTERM');
    // A child that was not its own is init's to bury.
    await until('the end of all', () => ![group.pid, ...lines.map(Number)].some(isRunning));
  });

  test('ends by force when it does not go', async () => {
    const lines: string[] = [];
    const group = await shell('trap "" TERM; echo ready; while true; do sleep 0.1; done', (line) => lines.push(line));
    await until('the trap', () => lines.includes('ready'));
    await group.end();
    expect(await group.ended).toBe('SIGKILL');
  }, 15_000);

  test('that has ended by itself tells how, and what it printed last, a line without an end too', async () => {
    const group = await shell('seq 1 30; printf "the last" >&2; exit 3');
    expect(await group.ended).toBe(3);
    await until('its last words', () => group.lastLines().includes('the last'));
    expect(group.lastLines()).toHaveLength(20);
    await group.end();
  });

  test('has nothing of this process’s environment', async () => {
    const lines: string[] = [];
    const group = await startGroup('env', [], { ...options, onLine: (line) => lines.push(line) });
    await group.ended;
    await until('a line', () => lines.length > 0);
    expect(lines).toEqual([`PATH=${options.env.PATH}`]);
    await group.end();
  });

  test('that cannot start is an error, and no listener of it stays', async () => {
    const before = process.listenerCount('exit');
    await expect(startGroup('/nonexistent/program', [], options)).rejects.toThrow(/ENOENT/);
    const group = await shell('exit 0');
    await group.end();
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('does not outlive the process that started it', async () => {
    const { spawn } = await import('node:child_process');
    const module = new URL('../../scripts/process-group.ts', import.meta.url).href;
    const script = `const { startGroup } = await import('${module}');
      const group = await startGroup('sleep', ['60'], { cwd: '/', env: process.env });
      console.log(group.pid); setTimeout(() => process.exit(0), 50);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await once(child, 'close');
    await until('its end', () => !isRunning(Number(printed)));
  });
});
