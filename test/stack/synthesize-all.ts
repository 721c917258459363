/** Run by templates.ts in a process of its own: aws-cdk-lib and esbuild stay out of jest. Prints a folder for each synthesis. */
import type { Synthesis } from '../../scripts/assembly-folder.ts';
import { synthesize } from '../../scripts/synthesize.ts';

const [root = '', given = '[]'] = process.argv.slice(2);
const syntheses: readonly Omit<Synthesis, 'root'>[] = JSON.parse(given);
const folders: string[] = [];
for (const synthesis of syntheses) folders.push((await synthesize({ root, ...synthesis })).folder);
process.stdout.write(JSON.stringify(folders));
