/** A stack that was made for the acceptance: before each test file everything that is stored or kept in it is deleted. */
import { clearStack } from '../../scripts/accept/own-stack.ts';
import type { Amphora } from '../end-to-end/amphora.ts';
import { deployedAmphora } from '../end-to-end/deployed.ts';
import { ACCESS_TOKEN, RUN } from './run.ts';

export async function attachOwnStack(): Promise<Amphora> {
  const { own } = RUN;
  if (own === undefined)
    throw new Error('this stack is in use: npm run accept:aws -- --empty-stack takes one made for it');
  await clearStack(RUN.region, own);
  const { influx, queueUrls } = own;
  return deployedAmphora({ stack: RUN, influx: influx.read, queueUrls, token: ACCESS_TOKEN });
}
