/** The only switch on the kind of place that the quarantine is in: a bucket, or in the local runtime a folder. */
import { env } from '../aws/env.ts';
import { log } from '../aws/log.ts';
import { s3Objects } from '../aws/s3-objects.ts';
import type { Quarantine, QuarantineCount } from '../quarantine/quarantine.ts';
import { countInFolder, fileQuarantine } from './file-quarantine.ts';
import { countInBucket, s3Quarantine } from './s3-quarantine.ts';

export function openQuarantine(): Quarantine {
  const folder = env.quarantineFolder();
  return folder === undefined
    ? s3Quarantine(s3Objects(env.quarantineBucket()), tellUnreadable)
    : fileQuarantine(folder, tellUnreadable);
}

export async function countQuarantine(): Promise<QuarantineCount> {
  const folder = env.quarantineFolder();
  return folder === undefined ? countInBucket(s3Objects(env.quarantineBucket())) : countInFolder(folder);
}

const tellUnreadable = (id: string): void => log.warn('quarantine-unreadable', { id });
