/** What the laws of the store are tried on. */
import type { Store } from '../../lambdas/store/store.ts';

/** Where a database cannot keep a law: the reason, which stands in the title of the test that is skipped for it. */
export type Deviations = {
  /** A repeat and a collision are answered `stored`. */
  readonly tellsNoRepeat?: string;
  readonly sumsOverflow?: string;
};

/** One store of the whole suite, and batteries that no other test writes to. */
export type Fixture = {
  readonly store: () => Store;
  readonly newBattery: () => string;
  readonly deviations: Deviations;
};

export const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (not here: ${reason})`);
