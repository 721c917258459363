/** What ./amphora doctor says of messages that are not stored: of those that may be another time, and those that may not. */
import type { Finding } from '../../local/finding.ts';

/** `flags`: those that name the Amphora, to stand behind a command. */
export function failedFinding(failed: number, flags: string): Finding {
  const subject = 'failed';
  if (failed === 0) return { subject, level: 'ok', sentence: 'the failure queues are empty' };
  return {
    subject,
    level: 'warning',
    sentence: `${messages(failed)} ${failed === 1 ? 'waits' : 'wait'} in the failure queues, and ${failed === 1 ? 'is' : 'are'} tried again each minute; none is lost`,
    next: redriveLine(flags),
  };
}

export const redriveLine = (flags: string): string => `./amphora redrive --apply ${flags}`;

/** `isMore`: so many at least. */
export function quarantineFinding(quarantined: number, isMore: boolean, flags: string): Finding {
  const subject = 'quarantine';
  if (quarantined === 0)
    return { subject, level: 'ok', sentence: 'nothing is in it: every message so far could be stored' };
  return {
    subject,
    level: 'warning',
    sentence: `${isMore ? 'at least ' : ''}${messages(quarantined)} could not be stored, or not wholly; each has its reason`,
    next: `./amphora quarantine list ${flags}`,
  };
}

const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`;
