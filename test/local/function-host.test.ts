import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Invocation } from '../../local/function-environment.ts';
import { type FunctionHost, functionHost, type HostOptions } from '../../local/function-host.ts';
import { until } from './mqtt-fixture.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

type Settings = Partial<Omit<HostOptions, 'definition' | 'log'>> & {
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly handlerName?: string;
};

/** Runs a bundle as it would come out of the bundler: CommonJS text. */
async function withHost(
  source: string,
  settings: Settings,
  use: (host: FunctionHost, logged: readonly Logged[]) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const { timeoutMs = 10_000, memoryMb = 128, env = {}, handlerName = 'handler', ...options } = settings;
    const modulePath = join(folder, 'index.js');
    writeFileSync(modulePath, `'use strict';\n${source}`);
    const { log, logged } = recordedLog();
    const definition = { name: 'fn', modulePath, handlerName, timeoutMs, memoryMb, env, arn: 'arn:aws:lambda:fn' };
    const host = functionHost({ definition, log, groupSize: 1, maxEnvironments: 1, patienceMs: 25, ...options });
    try {
      await use(host, logged);
    } finally {
      await host.close();
    }
  });
}

const valueOf = (invocation: Invocation): unknown => (invocation.ok ? invocation.value : invocation.error);
const errorOf = (invocation: Invocation): string =>
  invocation.ok ? 'ok' : `${invocation.error.name}: ${invocation.error.message}`;
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('function host', () => {
  test('hands over the event and gives back what the handler answers, each to its own caller', async () => {
    await withHost('exports.handler = async ({ n }) => ({ doubled: n * 2 });', {}, async (host) => {
      const invocations = await Promise.all(range(20).map(async (n) => host.invoke({ n })));
      expect(invocations.map(valueOf)).toEqual(range(20).map((n) => ({ doubled: n * 2 })));
      expect(new Set(invocations.map(({ requestId }) => requestId)).size).toBe(20);
    });
  });

  test('the handler has the context of Lambda', async () => {
    const source = `exports.handler = (event, { getRemainingTimeInMillis, ...context }) =>
      Promise.resolve({ ...context, remaining: getRemainingTimeInMillis() });`;
    await withHost(source, { timeoutMs: 7_000, memoryMb: 64 }, async (host) => {
      const invocation = await host.invoke({});
      expect(valueOf(invocation)).toEqual({
        functionName: 'fn',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:fn',
        memoryLimitInMB: '64',
        awsRequestId: invocation.requestId,
        logGroupName: '/aws/lambda/fn',
        logStreamName: 'local',
        callbackWaitsForEmptyEventLoop: true,
        remaining: expect.any(Number),
      });
      const { remaining } = Object(valueOf(invocation));
      expect(remaining).toBeGreaterThan(0);
      expect(remaining).toBeLessThanOrEqual(7_000);
    });
  });

  test('an environment sees its own variables, and nothing of this process', async () => {
    const source = `exports.handler = async (name) => {
      const before = process.env[name];
      process.env[name] = 'changed';
      return { before, after: process.env[name], all: Object.keys(process.env).sort() };
    };`;
    await withHost(source, { env: { TOPIC_ROOT: 'battery' } }, async (host) => {
      expect(valueOf(await host.invoke('TOPIC_ROOT'))).toEqual({
        before: 'battery',
        after: 'changed',
        all: ['TOPIC_ROOT'],
      });
      expect(valueOf(await host.invoke('PATH'))).toMatchObject({ after: 'changed' });
      expect(process.env['TOPIC_ROOT']).toBeUndefined();
      expect(process.env['PATH']).not.toBe('changed');
    });
  });

  test.each([1, 8])('one environment handles one event at a time, in order, in groups of %d', async (groupSize) => {
    const source = `let running = 0;
      exports.handler = async (n) => {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, n % 3));
        const together = running;
        running -= 1;
        return { n, together };
      };`;
    await withHost(source, { groupSize }, async (host) => {
      const answered: unknown[] = [];
      await Promise.all(range(30).map(async (n) => answered.push(valueOf(await host.invoke(n)))));
      expect(answered).toEqual(range(30).map((n) => ({ n, together: 1 })));
      expect(host.environments()).toBe(1);
    });
  });

  test('under load more environments start, each with its own state, up to the limit', async () => {
    const source = `const { threadId } = require('node:worker_threads');
      let count = 0;
      exports.handler = async () => {
        count += 1;
        await new Promise((resolve) => setTimeout(resolve, 60));
        return { threadId, count };
      };`;
    await withHost(source, { maxEnvironments: 3, patienceMs: 5 }, async (host) => {
      const answers = (await Promise.all(range(12).map(async (n) => host.invoke(n)))).map((one) =>
        Object(valueOf(one)),
      );
      const threads = new Set(answers.map(({ threadId }) => threadId));
      expect(threads.size).toBe(3);
      expect(host.environments()).toBe(3);
      for (const thread of threads) {
        const counts = answers.filter(({ threadId }) => threadId === thread).map(({ count }) => count);
        expect(counts).toEqual(range(counts.length).map((i) => i + 1));
      }
    });
  });

  test('an environment starts when it is first needed', async () => {
    await withHost('exports.handler = async () => 1;', {}, async (host) => {
      expect(host.environments()).toBe(0);
      await host.invoke({});
      expect(host.environments()).toBe(1);
    });
  });

  test('what a function prints is a log event of its own', async () => {
    const source = `exports.handler = async () => {
      console.warn(JSON.stringify({ level: 'warn', event: 'reading-rejected', topic: 't' }));
      console.log('plain text');
      console.log('{"no":"event"}');
    };`;
    await withHost(source, {}, async (host, logged) => {
      await host.invoke({});
      await until(() => logged.length === 3, 'three lines are logged');
      expect(logged).toContainEqual({
        level: 'warn',
        event: 'reading-rejected',
        fields: { function: 'fn', topic: 't' },
      });
      expect(logged).toContainEqual({
        level: 'info',
        event: 'function-output',
        fields: { function: 'fn', line: 'plain text' },
      });
      expect(logged).toContainEqual({
        level: 'info',
        event: 'function-output',
        fields: { function: 'fn', line: '{"no":"event"}' },
      });
    });
  });
});

describe('a handler that goes wrong', () => {
  const onlyOk = "if (event === 'ok') return 'ok';";
  const bad = (body: string): string => `exports.handler = async (event) => { ${onlyOk} ${body} };`;

  test.each([
    ['an error', "throw new RangeError('too far');", 'RangeError: too far'],
    ['a text', "throw 'just text';", 'Error: just text'],
    ['null', 'throw null;', 'Error: null'],
    ['undefined', 'throw undefined;', 'Error: undefined'],
    ['an object', "throw { name: 'Odd', message: 'an object' };", 'Odd: an object'],
  ])('that throws %s fails its event with it, and the environment goes on', async (_, body, error) => {
    await withHost(
      `let calls = 0; exports.handler = async (event) => { calls += 1; if (event === 'ok') return calls; ${body} };`,
      {},
      async (host) => {
        expect(errorOf(await host.invoke('bad'))).toBe(error);
        expect(valueOf(await host.invoke('ok'))).toBe(2);
      },
    );
  });

  test.each([
    ['never answers', 'await new Promise((resolve) => setTimeout(resolve, 1e9));'],
    ['never yields', 'for (;;) {}'],
  ])('that %s is ended at its timeout, and the next event is handled', async (_, body) => {
    await withHost(bad(body), { timeoutMs: 300 }, async (host) => {
      const [hung, next] = await Promise.all([host.invoke('bad'), host.invoke('ok')]);
      expect(errorOf(hung)).toBe('Sandbox.Timedout: Task timed out after 0.30 seconds');
      expect(valueOf(next)).toBe('ok');
    });
  });

  test('that ends its process takes its environment with it, and nothing else', async () => {
    await withHost(bad('process.exit(7);'), {}, async (host) => {
      const [ended, next] = await Promise.all([host.invoke('bad'), host.invoke('ok')]);
      expect(errorOf(ended)).toBe("Runtime.ExitError: the function's environment exited with 7");
      expect(valueOf(next)).toBe('ok');
    });
  });

  test('that forgets a promise which fails is ended, as Lambda does', async () => {
    const body =
      "void Promise.reject(new Error('forgotten')); await new Promise((resolve) => setTimeout(resolve, 1e9));";
    await withHost(bad(body), {}, async (host) => {
      expect(errorOf(await host.invoke('bad'))).toBe('Error: forgotten');
      expect(valueOf(await host.invoke('ok'))).toBe('ok');
    });
  });

  test('that eats its memory ends its own environment, not this process', async () => {
    await withHost(
      bad('const all = []; for (;;) all.push(new Array(1e5).fill(event));'),
      { memoryMb: 24 },
      async (host) => {
        expect(errorOf(await host.invoke('bad'))).toMatch(/memory/);
        expect(valueOf(await host.invoke('ok'))).toBe('ok');
      },
    );
  });

  test('that answers what cannot be copied fails its own event, and no other of its group', async () => {
    await withHost(bad('return () => event;'), { groupSize: 8 }, async (host) => {
      // The first two travel alone, the others wait for them and share a group.
      const events = ['ok', 'ok', 'ok', 'bad', 'ok', 'ok'];
      const invocations = await Promise.all(events.map(async (event) => host.invoke(event)));
      expect(invocations.map(({ ok }) => ok)).toEqual([true, true, true, false, true, true]);
      expect(errorOf(invocations[3] ?? Object())).toMatch(/^Runtime\.MarshalError: .*could not be cloned/);
    });
  });

  test('that ends its process in the middle of a group fails its own event only', async () => {
    await withHost(bad('process.exit(1);'), { groupSize: 8 }, async (host) => {
      const events = ['ok', 'ok', 'ok', 'bad', 'ok', 'bad', 'ok'];
      const invocations = await Promise.all(events.map(async (event) => host.invoke(event)));
      expect(invocations.map(({ ok }) => ok)).toEqual([true, true, true, false, true, false, true]);
    });
  });

  test.each([
    ['does not load', "throw new Error('no such module');", 'handler', 'no such module'],
    ['has no such export', 'exports.other = 1;', 'handler', "exports no function 'handler'"],
  ])('whose bundle %s fails every event with the reason, without an end', async (_, source, handlerName, reason) => {
    await withHost(source, { handlerName, groupSize: 4 }, async (host) => {
      const invocations = await Promise.all(range(3).map(async (n) => host.invoke(n)));
      for (const invocation of invocations) expect(errorOf(invocation)).toContain(reason);
    });
  });
});

describe('closing', () => {
  test('answers what waits with an error, and starts nothing any more', async () => {
    await withHost(
      'exports.handler = () => new Promise(() => setTimeout(() => {}, 1e9));',
      { groupSize: 2 },
      async (host) => {
        const waiting = range(7).map(async (n) => host.invoke(n));
        await host.close();
        for (const invocation of await Promise.all(waiting)) expect(invocation.ok).toBe(false);
        expect(errorOf(await host.invoke('late'))).toContain('closed');
        expect(host.environments()).toBe(0);
      },
    );
  });

  test('an event whose caller left before it began is not handled; one that had begun is', async () => {
    const source = `let count = 0; exports.handler = async ({ ms }) => { await new Promise((r) => setTimeout(r, ms)); return ++count; };`;
    await withHost(source, {}, async (host) => {
      const leaving = new AbortController();
      const begun = host.invoke({ ms: 100 }, leaving.signal);
      const queued = host.invoke({ ms: 0 }, leaving.signal);
      leaving.abort();
      expect(errorOf(await queued)).toBe('Runtime.Abandoned: its caller no longer waits');
      expect(valueOf(await begun)).toBe(1);
      expect(valueOf(await host.invoke({ ms: 0 }))).toBe(2);
    });
  });

  test('of more events than may wait the last is refused at once', async () => {
    await withHost('exports.handler = async ({ n }) => n;', { maxQueued: 2 }, async (host) => {
      const invocations = await Promise.all(range(4).map(async (n) => host.invoke({ n })));
      expect(invocations.map(errorOf)).toEqual([
        'ok',
        'ok',
        'ok',
        'TooManyRequestsException: too many events wait for this function',
      ]);
    });
  });
});
