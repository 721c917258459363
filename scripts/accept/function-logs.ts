/** What a stack's functions logged of their invocations, asked of CloudWatch Logs with the caller's own credentials. */
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { stackResources } from '../../cloud/stack-resources.ts';
import { refused } from '../refused.ts';
import { type Invocation, invocationIn } from './invocation-report.ts';

const ANSWER_MS = 30_000;
const MAX_PAGES = 20;

/** By function, as the template names it. */
export async function invocationsSince(
  stack: DeployedStack,
  fromMs: number,
): Promise<ReadonlyMap<string, readonly Invocation[]>> {
  const groups = (await stackResources(stack)).filter(({ type }) => type === 'AWS::Logs::LogGroup');
  const found = new Map<string, readonly Invocation[]>();
  for (const { logicalId, physicalId } of groups) {
    const name = /^(\w+?)Logs[0-9A-F]{8}$/.exec(logicalId)?.[1];
    if (name === undefined) continue;
    const invocations = (await reportLines(stack, physicalId, fromMs)).flatMap((line) => invocationIn(line) ?? []);
    if (invocations.length > 0) found.set(name, invocations);
  }
  return found;
}

type Page = { readonly events?: readonly { readonly message: string }[]; readonly nextToken?: string };

async function reportLines(stack: DeployedStack, logGroupName: string, startTime: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const filterPattern of ['"REPORT RequestId"', '"platform.report"']) {
    let nextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const asking = { logGroupName, startTime, filterPattern };
      const found: Page = await logs(stack, { ...asking, ...(nextToken === undefined ? {} : { nextToken }) });
      lines.push(...(found.events ?? []).map(({ message }) => message));
      nextToken = found.nextToken;
      if (nextToken === undefined) break;
    }
  }
  return lines;
}

// One question of one service: its SDK client would be another 2 MB of dependencies.
async function logs({ region, partition }: DeployedStack, body: unknown): Promise<Page> {
  const sts = new STSClient(clientOptions(region));
  try {
    const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const address = new URL(process.env['AWS_ENDPOINT_URL'] || `https://logs.${region}.${suffix}`);
    const text = JSON.stringify(body);
    const { credentials, sha256 } = sts.config;
    const signer = new SignatureV4({ service: 'logs', region, credentials, sha256 });
    const signed = await signer.sign({
      method: 'POST',
      protocol: address.protocol,
      hostname: address.hostname,
      ...(address.port === '' ? {} : { port: Number(address.port) }),
      path: '/',
      query: {},
      headers: {
        host: address.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Logs_20140328.FilterLogEvents',
      },
      body: text,
    });
    // `fetch` sets it from the address.
    const { host: _, ...headers } = signed.headers;
    const init = { method: 'POST', headers, body: text, signal: AbortSignal.timeout(ANSWER_MS) };
    const { ok, status, told } = await asked('read the logs of the functions', answerTo(address, init));
    if (!ok) throw refused(`CloudWatch Logs answered ${status}: ${told.slice(0, 200)}`);
    return pageIn(told);
  } finally {
    sts.destroy();
  }
}

async function answerTo(address: URL, init: RequestInit) {
  const answer = await fetch(address, init);
  return { ok: answer.ok, status: answer.status, told: await answer.text() };
}

function pageIn(text: string): Page {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`CloudWatch Logs answered what is no JSON: ${text.slice(0, 200)}`, cause);
  }
}
