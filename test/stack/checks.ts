/**
 * Run by checks.test.ts in a process of its own: aws-cdk-lib stays out of jest. Takes a list of contexts and prints for each
 * what cdk-nag and CDK's own validator of CloudFormation's rules find. `--raw`: as if nothing were acknowledged.
 * `--planted`: with a stack beside it that has two bare buckets, each of which needs the other, and a bare function.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { amphoraApp } from '../../lib/amphora-app.ts';
import type { Context } from '../../lib/context-reader.ts';

type Report = {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
};

const [root = '', given = '[]', ...flags] = process.argv.slice(2);
const contexts: readonly Context[] = JSON.parse(given);

async function findingsOf(context: Context): Promise<readonly string[]> {
  const outdir = mkdtempSync(join(tmpdir(), 'amphora-checks-'));
  const made = await amphoraApp({
    root,
    context: { ...cdkJson.context, ...context },
    outdir,
    acknowledges: !flags.includes('--raw'),
  });
  if (!made.ok) throw new Error(made.reason);
  const { app } = made;
  if (flags.includes('--planted')) plant(new Stack(app, 'Planted'));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const problem = synthesisProblem(app);
  const file = join(outdir, 'validation-report.json');
  // Without one, and with a synthesis that failed, it is something else that is wrong.
  if (!existsSync(file) && problem !== undefined) throw problem;
  const findings = existsSync(file) ? findingsIn(JSON.parse(readFileSync(file, 'utf8'))) : [];
  rmSync(outdir, { recursive: true });
  return findings;
}

function synthesisProblem(app: App): unknown {
  try {
    app.synth();
    return undefined;
  } catch (error) {
    return error;
  }
}

const findingsIn = ({ pluginReports }: Report): readonly string[] =>
  pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(
        ({ constructPath }) => `${ruleName} ${constructPath?.replace(/\/Resource$/, '') ?? 'somewhere'}`,
      ),
    ),
  );

function plant(stack: Stack): void {
  const first = new CfnBucket(stack, 'First');
  const second = new CfnBucket(stack, 'Second');
  first.addPropertyOverride('BucketName', { Ref: stack.getLogicalId(second) });
  second.addPropertyOverride('BucketName', { Ref: stack.getLogicalId(first) });
  new CfnFunction(stack, 'Function', {
    role: 'arn:aws:iam::123456789012:role/some',
    code: { zipFile: 'exports.handler = () => {}' },
    handler: 'index.handler',
    runtime: 'nodejs24.x',
  });
}

const found: (readonly string[])[] = [];
for (const context of contexts) found.push(await findingsOf(context));
process.stdout.write(JSON.stringify(found));
