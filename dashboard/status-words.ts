/** What the line about Amphora itself says: each part as a few words, and which of them somebody should look at. */
import { countText, rateText } from './format.ts';
import type { Status, StatusPart } from './status-answers.ts';

export type StatusItem = {
  readonly part: StatusPart;
  /** well: nothing to do; wrong: there is more to say of it; unknown: it could not be found out. */
  readonly state: 'well' | 'wrong' | 'unknown';
  readonly words: string;
};

// Some always wait, for as long as they are on their way.
const MANY_WAITING = 1000;

/** In the order in which a reading goes. What nobody counts is not there. */
export function statusItems(status: Status): readonly StatusItem[] {
  const { storedPerS, waiting, failed, quarantined, database, unknown } = status;
  const isAway = database?.isReachable === false;
  const item = (part: StatusPart, isWrong: boolean, words: string): StatusItem => ({
    part,
    state: isWrong ? 'wrong' : 'well',
    words,
  });
  const items = [
    storedPerS === undefined ? undefined : item('stored', false, `${rateText(storedPerS)} stored`),
    waiting === undefined
      ? undefined
      : item('waiting', waiting >= (isAway ? 1 : MANY_WAITING), `${countText(waiting)} waiting`),
    failed === undefined ? undefined : item('failed', failed > 0, `${countText(failed)} failed`),
    quarantined === undefined
      ? undefined
      : item(
          'quarantined',
          quarantined.count > 0,
          `${countText(quarantined.count)}${quarantined.isAtLeast ? ' or more' : ''} quarantined`,
        ),
    database === undefined ? undefined : item('database', isAway, isAway ? 'database away' : 'database ok'),
  ];
  return ORDER.flatMap((part): readonly StatusItem[] => {
    const known = items.find((one) => one?.part === part);
    if (known !== undefined) return [known];
    // That its readings cannot be counted goes without saying.
    if (!unknown.has(part) || (part === 'stored' && isAway)) return [];
    return [{ part, state: 'unknown', words: `${part} unknown` }];
  });
}

const ORDER: readonly StatusPart[] = ['stored', 'waiting', 'failed', 'quarantined', 'database'];

/** Spoken when it changes, so without numbers; empty when all is well. */
export function statusSentence(status: Status): string {
  const wrong = statusItems(status).filter(({ state }) => state === 'wrong');
  return wrong.map(({ part }) => SPOKEN[part]).join(' ');
}

const SPOKEN: Readonly<Record<StatusPart, string>> = {
  stored: '',
  waiting: 'Messages wait to be stored.',
  failed: 'Messages wait in the failure queues.',
  quarantined: 'Messages are in quarantine.',
  database: 'The database does not answer.',
};
