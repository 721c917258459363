/** An alarm on the account's bill, as settings of the stack. */
import type { ContextReader } from './context-reader.ts';

export type BudgetSettings = {
  readonly monthlyUsd: number;
  /** Who is told. */
  readonly email: string;
};

export const BUDGET_KEYS = ['monthlyBudgetUsd', 'alarmEmail'] as const;

/** Undefined when there is none, and when there is a problem. */
export function readBudget(reader: ContextReader, stage: string): BudgetSettings | undefined {
  const [first, second] = BUDGET_KEYS.filter(reader.isGiven);
  if (first === undefined) return undefined;
  const missing = BUDGET_KEYS.find((key) => key !== first);
  if (stage === 'emulator')
    return problem(reader, `setting ${first} is for AWS, but stage is emulator, which sends no bill`);
  if (second === undefined) return problem(reader, `setting ${first} is of use only together with ${missing}`);
  const monthlyUsd = reader.read('monthlyBudgetUsd', 0, dollars, 'US dollars from 1 to 1000000, such as 20 or 12.50');
  const email = reader.read('alarmEmail', '', address, 'one mail address, such as you@example.org');
  return { monthlyUsd, email };
}

function problem(reader: ContextReader, sentence: string): undefined {
  reader.problems.push(sentence);
}

const dollars = (text: string): number | undefined =>
  /^[1-9][0-9]{0,6}(?:\.[0-9]{1,2})?$/.test(text) && Number(text) <= 1_000_000 ? Number(text) : undefined;

// AWS Budgets takes 1 to 50 characters (the pattern of Subscriber is looser than any mail server).
const address = (text: string): string | undefined =>
  text.length <= 50 && /^[^\s@"',;<>]+@[^\s@"',;<>]+\.[a-zA-Z]{2,}$/.test(text) ? text : undefined;
