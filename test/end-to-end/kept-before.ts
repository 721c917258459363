/** A data folder in which an older version kept messages for want of a database: a start finds them in quarantine, and they are good. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './process.ts';

const KEPT_AT = '2026-01-31T12:00:00.000Z';
export const KEPT_REASON = 'no database';

/** One message of each battery, of one sample. */
export function folderWithKept(batteries: readonly string[], sample: object): string {
  const dataDir = join(temporaryFolder(), 'data');
  mkdirSync(dataDir);
  const original = Buffer.from(JSON.stringify({ ...sample, timestamp: KEPT_AT })).toString('base64');
  const lines = batteries.map((battery) =>
    JSON.stringify({
      reason: KEPT_REASON,
      original,
      topic: `battery/${battery}/telemetry`,
      clientId: null,
      receivedAt: Date.parse(KEPT_AT),
      traceId: null,
    }),
  );
  writeFileSync(join(dataDir, 'kept.ndjson'), `${lines.join('\n')}\n`);
  return dataDir;
}
