/** A new Amphora on the target, with nothing stored; on aws the one that is there, with batteries of the run's own. */
import type { Amphora } from './amphora.ts';
import { startLocal } from './local.ts';
import { TARGET } from './target.ts';

// The deploy's own modules take a third of a second to load, and bring hooks of their own, which must stand before any test.
const deployed = TARGET === 'emulator' ? await import('./deployed.ts') : undefined;
const accepted = TARGET === 'aws' ? await import('../accept/stack-in-use.ts') : undefined;

export const startAmphora = (): Promise<Amphora> =>
  deployed?.startDeployed() ?? accepted?.attachStack() ?? startLocal();
