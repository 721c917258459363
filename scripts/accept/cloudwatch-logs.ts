/** Questions to CloudWatch Logs with the caller's own credentials. */
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { refused } from '../refused.ts';

export type LogQuestion = {
  readonly logGroupName: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** As CloudWatch Logs matches: a text in quotes for what a line holds. */
  readonly filterPattern: string;
};

type Place = Pick<DeployedStack, 'region' | 'partition'>;
type Page = { readonly events?: readonly { readonly message: string }[]; readonly nextToken?: string };

const ANSWER_MS = 30_000;
const MAX_PAGES = 100;
// An emulator answers 500 when a function logs while it looks.
const TRIES = 5;

/** Every line that matches, or a sentence of what stands in the way. */
export async function logLines(place: Place, question: LogQuestion): Promise<readonly string[]> {
  const lines: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const found = await pageOf(place, { ...question, ...(nextToken === undefined ? {} : { nextToken }) });
    lines.push(...(found.events ?? []).map(({ message }) => message));
    nextToken = found.nextToken;
    if (nextToken === undefined) break;
  }
  return lines;
}

async function pageOf(place: Place, question: unknown): Promise<Page> {
  for (let tries = 1; ; tries += 1) {
    const { ok, status, told } = await ask(place, question);
    if (ok) return pageIn(told);
    if (status < 500 || tries === TRIES)
      throw refused(`CloudWatch Logs answered ${status}: ${told.slice(0, 200)}; try again`);
  }
}

// One question of one service: its SDK client would be another 2 MB of dependencies.
async function ask({ region, partition }: Place, body: unknown) {
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
    return await asked('read the logs of the functions', answerTo(address, init));
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
