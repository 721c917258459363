/** A new Amphora on the target, with nothing stored; of a stack in use what is the run's own, with batteries of other names. */
import type { Amphora, BreakableAmphora } from './amphora.ts';
import { startLocal } from './local.ts';
import { TARGET } from './target.ts';

// Deploys and clients of AWS take a third of a second to load, and bring hooks of their own, which must stand before any test.
const emulated = TARGET === 'emulator' ? await import('./emulated.ts') : undefined;
const own = TARGET === 'aws' ? await import('../accept/stack-of-its-own.ts') : undefined;
const inUse = TARGET === 'aws-in-use' ? await import('../accept/stack-in-use.ts') : undefined;

export const startAmphora = (): Promise<Amphora> => own?.attachOwnStack() ?? inUse?.attachStack() ?? startBreakable();

/** Where the database is the suite's to take away. */
export const startBreakable = (): Promise<BreakableAmphora> => emulated?.startEmulated() ?? startLocal();
