/** Run by full-disk.test.ts where this folder is a disk of its own: fills it with records, and tells what became of them. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { record } from './records.ts';

const [disk = ''] = process.argv.slice(2);
const folder = join(disk, 'quarantine');
const quarantine = fileQuarantine(folder, () => {});
writeFileSync(join(disk, 'ballast'), Buffer.alloc(20_000));

const original = Buffer.alloc(10_000).toString('base64');
const put: string[] = [];
let refusal: unknown;
for (let i = 0; refusal === undefined && i < 1_000; i++) {
  const one = await record(i, { original });
  await quarantine.put(one).then(
    () => put.push(one.id),
    (error: unknown) => (refusal = error),
  );
}
// What is there is tried once more, for which there is no room: the record must stay as it was.
const again = await record(0, { original });
const again0 = await quarantine.put(again).then(
  () => 'taken',
  ({ code }: { readonly code: string }) => code,
);
const whole = await Promise.all(put.map((id) => quarantine.get(id)));
const count = (await quarantine.list({ limit: 500 })).records.length;
rmSync(join(disk, 'ballast'));
const late = await quarantine.put(await record(1_001, { original }));
process.stdout.write(
  JSON.stringify({
    put: put.length,
    whole: whole.filter((one) => one?.original === original && one.attempts === 1).length,
    listed: count,
    refusal: refusal instanceof Error && 'code' in refusal ? [refusal.code, refusal.message] : refusal,
    again: again0,
    late: (await quarantine.get(late.id))?.id === late.id,
  }),
);
