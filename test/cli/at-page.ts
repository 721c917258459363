/** For each test of a file: a person's empty folder, and a page with its sign-in. */
import { afterEach, beforeEach } from '@jest/globals';
import { type Folder, temporaryFolder } from './run-cli.ts';
import { type SignInPeer, signInPeer } from './sign-in-peer.ts';

type AtPage = { readonly folder: Folder; readonly peer: SignInPeer };

/** Called once a file; what it gives has the running test's own. */
export function atPage(): AtPage {
  let now: AtPage | undefined;
  const own = (): AtPage => {
    if (now === undefined) throw new Error('the folder and the page are there within a test only');
    return now;
  };
  beforeEach(async () => {
    now = { folder: temporaryFolder(), peer: await signInPeer() };
  });
  afterEach(async () => {
    const { folder, peer } = own();
    now = undefined;
    await peer.close();
    folder.remove();
  });
  return {
    get folder() {
      return own().folder;
    },
    get peer() {
      return own().peer;
    },
  };
}
