/** An alarm on the account's bill, as settings of the stack. */
import type { ContextReader } from './context-reader.ts';

export type BudgetSettings = {
  readonly monthlyUsd: number;
  /** Who is told. */
  readonly email: string;
};

export const BUDGET_KEYS = ['monthlyBudgetUsd'] as const;

/** Undefined when there is none, and when there is a problem. */
export function readBudget(
  reader: ContextReader,
  { stage, email }: { readonly stage: string; readonly email: string | undefined },
): BudgetSettings | undefined {
  if (!reader.isGiven('monthlyBudgetUsd')) return undefined;
  if (stage === 'emulator')
    return problem(reader, 'setting monthlyBudgetUsd is for AWS, but stage is emulator, which sends no bill');
  if (!reader.isGiven('alarmEmail'))
    return problem(reader, 'setting monthlyBudgetUsd is of use only together with alarmEmail');
  const monthlyUsd = reader.read('monthlyBudgetUsd', 0, dollars, 'US dollars from 1 to 1000000, such as 20 or 12.50');
  return email === undefined ? undefined : { monthlyUsd, email };
}

function problem(reader: ContextReader, sentence: string): undefined {
  reader.problems.push(sentence);
}

const dollars = (text: string): number | undefined =>
  /^[1-9][0-9]{0,6}(?:\.[0-9]{1,2})?$/.test(text) && Number(text) <= 1_000_000 ? Number(text) : undefined;
