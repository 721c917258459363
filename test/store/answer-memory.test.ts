/** How often a database is asked what many ask at once, and how old their answers are. By a clock of the test's own. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerMemory } from '../../lambdas/store/answer-memory.ts';

type Asked = { readonly question: string; readonly atMs: number };

/** A database whose answer is the time at which it was asked. */
function newDatabase() {
  let nowMs = 0;
  const asked: Asked[] = [];
  const memory = answerMemory(() => nowMs);
  const ask = memory.remembering(
    async (question: string) => {
      asked.push({ question, atMs: nowMs });
      return nowMs;
    },
    () => 1,
  );
  return {
    asked,
    ask,
    forget: memory.forget,
    pass: (ms: number) => {
      nowMs += ms;
    },
    nowMs: () => nowMs,
  };
}

type Database = ReturnType<typeof newDatabase>;

/** Every viewer asks once a second, each at a moment of its own. */
async function watch(
  database: Database,
  viewers: number,
  seconds: number,
  questionAt = (_nowMs: number) => 'live',
): Promise<void> {
  for (let asked = 0; asked < viewers * seconds; asked++) {
    await database.ask(questionAt(database.nowMs()));
    database.pass(1_000 / viewers);
  }
}

describe('what many ask', () => {
  test('is asked once a second of the database, after a few at once, whether 2, 10 or 100 ask', async () => {
    for (const viewers of [2, 10, 100]) {
      const database = newDatabase();
      await watch(database, viewers, 60);
      expect([viewers, database.asked.length <= 60 + 5]).toEqual([viewers, true]);
      expect(database.asked.length).toBeGreaterThanOrEqual(60);
    }
  });

  test('is answered by the database itself where one asks once a second', async () => {
    const database = newDatabase();
    await watch(database, 1, 60);
    expect(database.asked.length).toBe(60);
  });

  test('as a question that moves on with the time is asked once a second too, and not a few times at each step', async () => {
    const database = newDatabase();
    await watch(database, 100, 60, (nowMs) => `steps to ${Math.ceil((nowMs + 1) / 2_000)}`);
    expect(database.asked.length).toBeLessThanOrEqual(60 + 5);
  });

  test('of what may be older than a second is asked as much more rarely', async () => {
    let [asked, nowMs] = [0, 0];
    const ask = answerMemory(() => nowMs).remembering(
      async (_question: string) => {
        asked += 1;
        return nowMs;
      },
      () => 1,
      5_000,
    );
    for (; nowMs < 100_000; nowMs += 50) expect(nowMs - (await ask('times'))).toBeLessThan(5_000);
    expect(asked).toBeLessThanOrEqual(20 + 5);
  });

  test('at one time is one question', async () => {
    const database = newDatabase();
    expect(await Promise.all(['live', 'live', 'live'].map(database.ask))).toEqual([0, 0, 0]);
    expect(database.asked.length).toBe(1);
  });

  test('at whatever times: n questions in T seconds are never more than T + 5, and no answer is older than a second', async () => {
    const arbPauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ max: 8_000 })), {
      minLength: 1,
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(arbPauses, async (pauses) => {
        const database = newDatabase();
        for (const pauseMs of pauses) {
          database.pass(Math.abs(pauseMs));
          const answer = await database.ask('live');
          expect(database.nowMs() - answer).toBeLessThan(1_000);
        }
        const times = database.asked.map(({ atMs }) => atMs);
        for (const [i, fromMs] of times.entries()) {
          for (const [j, toMs] of times.entries()) {
            if (j > i) expect(j - i + 1).toBeLessThanOrEqual((toMs - fromMs) / 1_000 + 5);
          }
        }
      }),
    );
  });

  test('after a long time of asking is at most one a second, without the first few', async () => {
    const database = newDatabase();
    await watch(database, 40, 30);
    const before = database.asked.length;
    await watch(database, 40, 100);
    expect(database.asked.length - before).toBeLessThanOrEqual(100);
  });
});

describe('an answer', () => {
  test('is not given again after something was written', async () => {
    const database = newDatabase();
    await watch(database, 100, 1);
    database.pass(1);
    const before = database.asked.length;
    await database.ask('live');
    expect(database.asked.length).toBe(before);
    database.forget();
    await database.ask('live');
    expect(database.asked.length).toBe(before + 1);
  });

  test('that was on its way while something was written is given to nobody who asks after it', async () => {
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let asked = 0;
    const memory = answerMemory(() => 0);
    const ask = memory.remembering(
      async (_question: string) => answers[asked++]?.promise,
      () => 1,
    );
    const before = ask('live');
    memory.forget();
    const after = ask('live');
    for (const [i, { resolve }] of answers.entries()) resolve(['before', 'after'][i] ?? '');
    expect([await before, await after, asked]).toEqual(['before', 'after', 2]);
  });

  test('to another question is another', async () => {
    const database = newDatabase();
    for (let i = 0; i < 20; i++) await database.ask('live');
    database.pass(10);
    expect([await database.ask('live'), await database.ask('other')]).toEqual([0, 10]);
  });

  test('of a clock that was set back is not believed', async () => {
    const database = newDatabase();
    database.pass(10_000);
    for (let i = 0; i < 20; i++) await database.ask('live');
    database.pass(-5_000);
    expect(await database.ask('live')).toBe(5_000);
  });

  test('is asked for again at once where it was a failure', async () => {
    let asked = 0;
    const memory = answerMemory(() => 0);
    const ask = memory.remembering(
      async (_question: string) => {
        asked += 1;
        if (asked <= 8) throw new Error('away');
        return asked;
      },
      () => 1,
    );
    for (let i = 0; i < 8; i++) await expect(ask('live')).rejects.toThrow('away');
    expect(await ask('live')).toBe(9);
  });
});

describe('the memory is bounded', () => {
  /** Which of the questions, asked again in their order, are answered from memory. */
  async function remembered(questions: readonly string[], valuesIn: number): Promise<number> {
    let asked = 0;
    const ask = answerMemory(() => 0).remembering(
      async (_question: string) => {
        asked += 1;
      },
      () => valuesIn,
    );
    for (let i = 0; i < 5; i++) for (const question of questions) await ask(question);
    const before = asked;
    for (const question of questions) await ask(question);
    return questions.length - (asked - before);
  }
  const questions = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `question ${i}`);

  test('in how many answers it holds', async () => {
    expect(await remembered(questions(64), 1)).toBe(64);
    expect(await remembered(questions(65), 1)).toBe(0);
  });

  test('in how large they are together, and one that is too large alone is not kept', async () => {
    expect(await remembered(questions(5), 10_000)).toBe(5);
    expect(await remembered(questions(6), 10_000)).toBe(0);
    expect(await remembered(questions(1), 50_001)).toBe(0);
  });
});
