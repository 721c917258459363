/** Brokers and clients of a file of tests, closed after each. */
import { afterEach, jest } from '@jest/globals';
import { opened } from './mqtt-fixture.ts';

// Above the deadline of `until`, which says what it waited for.
const TIMEOUT_MS = 20_000;

export function brokers(): Omit<ReturnType<typeof opened>, 'closeAll'> {
  jest.setTimeout(TIMEOUT_MS);
  const { closeAll, ...openers } = opened();
  afterEach(closeAll);
  return openers;
}
