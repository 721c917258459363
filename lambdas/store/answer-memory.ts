/**
 * What InfluxDB has answered, given again to who asks the same within a second: it answers ten to a hundred questions a second,
 * and everybody who looks at a battery asks the same ones. Who asks now and then is not kept waiting for that second: while fewer
 * than five of a kind were asked in six seconds, the next one goes to the database. So a question is asked once a second in the
 * long run, however many ask it, and an answer is never older than a second.
 */

const FRESH_MS = 1_000;
// In the time of one more, so that of many who ask none is ahead of the second.
const BURST = 5;
// Of each kind of question.
const MAX_KEPT = 64;
const MAX_VALUES = 50_000;

type Kept<Answer> = {
  readonly answer: Promise<Answer>;
  readonly askedAtMs: number;
  /** How often something had been written before it was asked. */
  readonly writes: number;
  isOpen: boolean;
  values: number;
};

export type AnswerMemory = {
  /** The same kind of question, remembering what it is answered. `valuesIn` tells how large an answer is. */
  readonly remembering: <Query, Answer>(
    ask: (query: Query) => Promise<Answer>,
    valuesIn: (answer: Answer) => number,
    /** How old an answer may be, where not a second. */
    freshMs?: number,
  ) => (query: Query) => Promise<Answer>;
  /** What was answered before may be so no longer. */
  readonly forget: () => void;
};

export function answerMemory(nowMs: () => number): AnswerMemory {
  let writes = 0;
  const remembering = <Query, Answer>(
    ask: (query: Query) => Promise<Answer>,
    valuesIn: (answer: Answer) => number,
    freshMs = FRESH_MS,
  ): ((query: Query) => Promise<Answer>) => {
    const keptByQuestion = new Map<string, Kept<Answer>>();
    let lately: readonly number[] = [];
    return (query) => {
      const question = JSON.stringify(query);
      const now = nowMs();
      lately = lately.filter((askedMs) => isWithin((BURST + 1) * freshMs, askedMs, now));
      const known = keptByQuestion.get(question);
      const isFresh = known?.writes === writes && isWithin(freshMs, known.askedAtMs, now);
      if (isFresh && (known.isOpen || lately.length >= BURST)) return known.answer;
      lately = [...lately, now].slice(-BURST);
      const answer = ask(query);
      const kept: Kept<Answer> = { answer, askedAtMs: now, writes, isOpen: true, values: 0 };
      // Behind all others: the first one is always the one that was asked longest ago.
      keptByQuestion.delete(question);
      keptByQuestion.set(question, kept);
      answer.then(
        (given) => {
          kept.isOpen = false;
          kept.values = valuesIn(given);
          bound(keptByQuestion);
        },
        // A database that is back is asked at once.
        () => keptByQuestion.get(question) === kept && keptByQuestion.delete(question),
      );
      return answer;
    };
  };
  return { remembering, forget: () => void (writes += 1) };
}

// By the wall clock, for the other one may stand still while a function sleeps. Set back, it makes every answer an old one.
export const isWithin = (ms: number, fromMs: number, now: number): boolean => now >= fromMs && now - fromMs < ms;

/** The oldest go first, and one that is too large itself goes with them. */
function bound(keptByQuestion: Map<string, Kept<unknown>>): void {
  let values = 0;
  for (const kept of keptByQuestion.values()) values += kept.values;
  for (const [question, kept] of keptByQuestion) {
    if (keptByQuestion.size <= MAX_KEPT && values <= MAX_VALUES) return;
    keptByQuestion.delete(question);
    values -= kept.values;
  }
}
