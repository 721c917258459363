import { beforeAll, expect, test } from '@jest/globals';
import { acknowledgedFindings } from '../../lib/acknowledged-findings.ts';
import { ALARMS, BUFFERED, COMBINATIONS, type Context, DATABASES } from './combinations.ts';
import { runNode } from './run-node.ts';
import { ROOT, SYNTHESIS_TIMEOUT_MS } from './templates.ts';

/** What cdk-nag and CDK's validator find in the stacks of these settings, as `rule path`, a list for each. */
async function findings(contexts: readonly Context[], ...flags: readonly string[]): Promise<readonly string[][]> {
  // The validator takes seconds, and says nothing of what is acknowledged of cdk-nag's.
  const CDK_VALIDATION = String(!flags.includes('--raw'));
  const { code, stdout, stderr } = await runNode(['test/stack/checks.ts', ROOT, JSON.stringify(contexts), ...flags], {
    cwd: ROOT,
    env: { CDK_VALIDATION },
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const isNag = (finding: string): boolean => /^(AwsSolutions|Serverless)-/.test(finding);
const isDeployed = (context: Context): boolean => context['stage'] !== 'emulator';

let found: readonly string[][] = [];
beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
  found = await findings(COMBINATIONS);
}, SYNTHESIS_TIMEOUT_MS);

const cases = COMBINATIONS.map((context, i) => ({ i, context, title: JSON.stringify(context) }));

test.each(cases)("$title keeps CloudFormation's rules, cycles among them", ({ i }) => {
  expect(found[i]?.filter((finding) => !isNag(finding))).toEqual([]);
});

// An emulator's stack has no TLS and may be open, which is what cdk-nag would say of it.
test.each(cases.filter(({ context }) => isDeployed(context)))(
  '$title has no finding of cdk-nag that is not acknowledged',
  ({ i }) => {
    expect(found[i]?.filter(isNag)).toEqual([]);
  },
);

test(
  'what is planted beside the stack is found: by either pack, and by the validator, a cycle too',
  async () => {
    const [planted = []] = await findings([{}], '--planted');
    expect(planted).toEqual(
      expect.arrayContaining([
        'AwsSolutions-S10 Planted/First',
        'AwsSolutions-S10 Planted/Second',
        'F3004 Planted/First',
        'F3004 Planted/Second',
        'Serverless-LambdaDLQ Planted/Function',
      ]),
    );
    expect(planted.filter((finding) => !/ Planted\//.test(finding))).toEqual([]);
  },
  SYNTHESIS_TIMEOUT_MS,
);

test(
  'every acknowledged finding is one that cdk-nag still has somewhere, and says why it stays',
  async () => {
    const raw = await findings([ALARMS.mailed, DATABASES.vpcMade, BUFFERED], '--raw');
    const stale = acknowledgedFindings('battery').filter(
      ({ id, isAt }) =>
        !raw.flat().some((finding) => {
          const [, path = ''] = finding.startsWith(`${id} `) ? finding.slice(id.length).split(/ [^/]+\//) : [];
          return path !== '' && isAt(path);
        }),
    );
    expect(stale.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
    for (const { reason } of acknowledgedFindings('battery')) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
  },
  SYNTHESIS_TIMEOUT_MS,
);
