/** The CDK app: settings in, stack out. `cdk` runs it, and so does the local runtime, which reads the same template. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../cdk.json' with { type: 'json' };
import { AmphoraStack } from '../lib/amphora-stack.ts';
import { bundleProblem } from '../lib/bundles.ts';
import { readSettings } from '../lib/settings.ts';

const root = join(import.meta.dirname, '..');

// cdk.json's context is given here too: without the `cdk` command nobody else hands it over, and the template must be the same.
const app = new App({ context: cdkJson.context, autoSynth: false, analyticsReporting: false, treeMetadata: false });

const read = readSettings(app.node.getAllContext());
const problem = read.ok ? bundleProblem(root, read.settings.store) : read.reason;

if (read.ok && problem === undefined) {
  new AmphoraStack(app, { settings: read.settings, root });
  app.synth();
} else {
  process.stderr.write(`amphora: ${problem}\n`);
  process.exitCode = 1;
}
