/** Alarms on what may be lost, and who is told, as settings of the stack. */
import { type ContextReader, TRUE_OR_FALSE, trueOrFalse } from './context-reader.ts';

export type AlarmSettings = {
  /** Who gets a mail. Default: nobody, until somebody subscribes to the topic. */
  readonly email?: string;
};

export const ALARM_KEYS = ['alarms', 'alarmEmail'] as const;

/** To which the bill's alarm mails too. */
export function readAlarmEmail(reader: ContextReader, stage: string): string | undefined {
  if (!reader.isGiven('alarmEmail')) return undefined;
  if (stage === 'emulator')
    return problem(reader, 'setting alarmEmail is for AWS, but stage is emulator, which sends no mail');
  return reader.read<string | undefined>('alarmEmail', undefined, address, 'one mail address, such as you@example.org');
}

/** Undefined when there are none, and when there is a problem. */
export function readAlarms(reader: ContextReader, email: string | undefined): AlarmSettings | undefined {
  if (reader.read('alarms', true, trueOrFalse, TRUE_OR_FALSE)) return email === undefined ? {} : { email };
  if (email !== undefined && !reader.isGiven('monthlyBudgetUsd'))
    return problem(reader, 'setting alarmEmail is of use only together with monthlyBudgetUsd, or with alarms=true');
  return undefined;
}

function problem(reader: ContextReader, sentence: string): undefined {
  reader.problems.push(sentence);
}

// AWS Budgets takes 1 to 50 characters (the pattern of Subscriber is looser than any mail server).
const address = (text: string): string | undefined =>
  text.length <= 50 && /^[^\s@"',;<>]+@[^\s@"',;<>]+\.[a-zA-Z]{2,}$/.test(text) ? text : undefined;
