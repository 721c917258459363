/** The CDK app: settings in, stack out. `cdk` runs it, and so does the local runtime, which reads the same template. */
import { join } from 'node:path';
import cdkJson from '../cdk.json' with { type: 'json' };
import { amphoraApp } from '../lib/amphora-app.ts';

// cdk.json's context is given here too: without the `cdk` command nobody else hands it over, and the template must be the same.
const made = await amphoraApp({ root: join(import.meta.dirname, '..'), context: cdkJson.context });

if (made.ok) made.app.synth();
else {
  process.stderr.write(`amphora: ${made.reason}\n`);
  process.exitCode = 1;
}
