/** For each test of a file, an empty folder: where a person types, with the data folder below it. */
import { afterEach, beforeEach } from '@jest/globals';
import { type Folder, temporaryFolder } from './run-cli.ts';

/** Called once a file, before its other hooks; what it gives is the running test's own. */
export function folderOfTest(): Folder {
  let now: Folder | undefined;
  const own = (): Folder => {
    if (now === undefined) throw new Error('the folder is there within a test only');
    return now;
  };
  beforeEach(() => {
    now = temporaryFolder();
  });
  afterEach(() => {
    own().remove();
    now = undefined;
  });
  return {
    get path() {
      return own().path;
    },
    file: (name, text) => own().file(name, text),
    remove: () => own().remove(),
  };
}
