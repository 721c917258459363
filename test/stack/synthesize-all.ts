/**
 * Run by templates.ts in a process of its own: aws-cdk-lib and esbuild stay out of jest. Makes what synthesize.ts makes, by
 * the same app and into the same folders, but all in one process: CDK alone takes seconds to start. Prints their folders.
 */
import { existsSync } from 'node:fs';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { amphoraApp } from '../../lib/amphora-app.ts';
import { STORE_KINDS } from '../../lib/settings.ts';
import { assemblyFolder, type Synthesis } from '../../scripts/assembly-folder.ts';
import { bundleFunctions } from '../../scripts/bundle.ts';
import { bundleSite } from '../../scripts/bundle-site.ts';
import { replaceFolder } from '../../scripts/replace-folder.ts';

const [root = '', given = '[]'] = process.argv.slice(2);
const syntheses: readonly Omit<Synthesis, 'root'>[] = JSON.parse(given);
const folders = syntheses.map((synthesis) => assemblyFolder({ root, ...synthesis }));
if (folders.some((folder) => !existsSync(folder))) {
  for (const store of STORE_KINDS) await bundleFunctions(root, store);
  await bundleSite(root);
}
for (const [i, { context }] of syntheses.entries()) {
  const folder = folders[i] ?? '';
  if (existsSync(folder)) continue;
  await replaceFolder(
    folder,
    async (outdir) => {
      const made = await amphoraApp({ root, context: { ...cdkJson.context, ...context }, outdir });
      if (!made.ok) throw new Error(made.reason);
      made.app.synth();
    },
    () => existsSync(folder),
  );
}
process.stdout.write(JSON.stringify(folders));
