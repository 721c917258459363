/** Whether the API and the page answer from here, as they should; and whether this machine's clock is right. */
import { apiAddress } from '../../cloud/api-address.ts';
import { outputOf } from '../../cloud/deployed-stack.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Finding } from '../../local/finding.ts';
import { networkReason } from '../address.ts';
import type { Looked } from './look.ts';

// A function that starts cold, in a VPC, with a database that answers slowly.
const PATIENCE_MS = 15_000;

export async function webFindings(looked: Looked): Promise<readonly Finding[]> {
  const api = apiAddress(outputOf(looked.stack, 'ApiUrl'));
  const askedAtMs = looked.nowMs();
  const health = await answerOf(`${api}/health`);
  const clock = clockFinding(health, (askedAtMs + looked.nowMs()) / 2);
  return [...clock, healthFinding(api, health), ...(await openFindings(looked, api)), ...(await pageFindings(looked))];
}

type Answer =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly ok: false; readonly reason: string };

async function answerOf(url: string): Promise<Answer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'manual' });
    return { ok: true, status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    return { ok: false, reason: networkReason(error) };
  }
}

function healthFinding(api: string, answer: Answer): Finding {
  const subject = 'API';
  if (answer.ok && answer.status === 200 && /"status":\s*"ok"/.test(answer.text))
    return { subject, level: 'ok', sentence: `${api}/health answers` };
  const reason = answer.ok ? `status ${answer.status}` : answer.reason;
  const next = 'look at the log group of the function health in CloudWatch, and at this network';
  return { subject, level: 'problem', sentence: `${api}/health does not answer as Amphora (${reason})`, next };
}

/** Nobody may read without having signed in. */
async function openFindings({ stack }: Looked, api: string): Promise<readonly Finding[]> {
  const subject = 'sign-in';
  if (stack.outputs['UserPoolId'] === undefined)
    return [
      { subject, level: 'warning', sentence: 'this stack has no sign-in: whoever reaches the API may read and write' },
    ];
  const answer = await answerOf(`${api}/livedata`);
  if (!answer.ok) return [];
  if (answer.status === 401) return [{ subject, level: 'ok', sentence: 'who has not signed in is turned away' }];
  const next = 'npm run deploy with its settings; npx cdk drift shows what was changed by hand';
  return [
    { subject, level: 'problem', sentence: `${api}/livedata answers ${answer.status} without a token, not 401`, next },
  ];
}

// AWS refuses a signature that is five minutes off, and a reading may be five minutes ahead (telemetry/point-time.ts).
const CLOCK_PROBLEM_S = 5 * 60;
const CLOCK_WARNING_S = 30;

function clockFinding(answer: Answer, hereMs: number): readonly Finding[] {
  const subject = 'clock';
  const thereMs = answer.ok ? Date.parse(answer.headers.get('date') ?? '') : Number.NaN;
  if (Number.isNaN(thereMs)) return [];
  const aheadS = (hereMs - thereMs) / 1000;
  const offS = Math.abs(aheadS);
  if (offS < CLOCK_WARNING_S)
    return [{ subject, level: 'ok', sentence: "this machine's clock agrees with the server's" }];
  const off = `${offS >= 120 ? `${Math.round(offS / 60)} minutes` : `${Math.round(offS)} seconds`} ${aheadS > 0 ? 'ahead' : 'behind'}`;
  const isBad = offS >= CLOCK_PROBLEM_S;
  const effect = isBad
    ? ': AWS refuses what it signs, and readings stamped by it land at the wrong time or are refused'
    : '';
  return [
    {
      subject,
      level: isBad ? 'problem' : 'warning',
      sentence: `this machine's clock is ${off}${effect}`,
      next: 'sudo timedatectl set-ntp true',
    },
  ];
}

// What the browser protects people by: lib/site-files.ts, and HSTS, which CloudFront adds.
const HEADERS = ['content-security-policy', 'strict-transport-security', 'x-content-type-options', 'referrer-policy'];

async function pageFindings({ stack }: Looked): Promise<readonly Finding[]> {
  const subject = 'page';
  const url = stack.outputs['PageUrl'];
  // An emulator's stage has no CloudFront.
  const isOnAws = stack.outputs['DistributionId'] !== undefined;
  if (url === undefined) return [];
  const answer = await answerOf(url);
  const next = 'look at the CloudFront distribution in the console; npm run deploy puts the page there again';
  if (!answer.ok || answer.status !== 200) {
    const reason = answer.ok ? `status ${answer.status}` : answer.reason;
    return [{ subject, level: 'problem', sentence: `${url} does not show the page (${reason})`, next }];
  }
  const missing = isOnAws ? HEADERS.filter((name) => !answer.headers.has(name)) : [];
  if (missing.length > 0)
    return [{ subject, level: 'problem', sentence: `${url} comes without ${missing.join(', ')}`, next }];
  const root = await configuredRoot(url);
  const wanted = outputOf(stack, 'TopicRoot');
  if (root !== wanted)
    return [
      {
        subject,
        level: 'problem',
        sentence: `the page's config.json names the topic root ${root ?? 'not at all'}, but it is ${wanted}`,
        next,
      },
    ];
  return [
    { subject, level: 'ok', sentence: `${url} shows the page${isOnAws ? ', with the headers that protect it' : ''}` },
  ];
}

async function configuredRoot(pageUrl: string): Promise<string | undefined> {
  const answer = await answerOf(new URL('config.json', pageUrl).href);
  if (!answer.ok) return undefined;
  try {
    const config: unknown = JSON.parse(answer.text);
    const root = typeof config === 'object' && config !== null ? Reflect.get(config, 'topicRoot') : undefined;
    return typeof root === 'string' ? root : undefined;
  } catch (cause) {
    throw new AmphoraError('setting-invalid', `${pageUrl} has a config.json that is no JSON`, { retry: false, cause });
  }
}
