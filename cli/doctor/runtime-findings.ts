/** What ./amphora doctor finds of the local runtime of a data folder: from its run.json, and from its own GET /health. */
import type { Finding } from '../../local/finding.ts';
import { quoted } from '../../local/shell-word.ts';
import { networkReason } from '../address.ts';
import type { Run } from '../data-folder.ts';
import { failedFinding, quarantineFinding } from './unstored-findings.ts';

const PATIENCE_MS = 5_000;
// local/delivery.ts: from here on, senders wait.
const MANY_WAITING = 1_000;
// Where ./amphora start listens unless told otherwise.
const USUAL_PORTS = { 'auth-port': 5004, 'mqtts-port': 8883 } as const;

/** `isNeeded`: there is nothing else to look at. */
export async function runtimeFindings(
  run: Run | undefined,
  dataDir: string,
  isNeeded: boolean,
): Promise<readonly Finding[]> {
  const subject = 'runtime';
  const start = startLine(run, dataDir);
  const level = isNeeded ? 'unknown' : 'warning';
  if (run === undefined) return [{ subject, level, sentence: `no Amphora runs in ${dataDir}`, next: start }];
  if (!run.isAlive) {
    return [
      {
        subject,
        level,
        sentence: `no Amphora runs in ${dataDir}: process ${run.pid} of its run.json ended without a stop; what it had accepted is taken up by the next start`,
        next: start,
      },
    ];
  }
  const url = `http://localhost:${run.port}`;
  const health = await healthOf(url);
  if (!health.ok) {
    return [
      {
        subject,
        level: 'problem',
        sentence: `process ${run.pid} of ${dataDir} does not answer as Amphora at ${url}/health (${health.reason})`,
        next: `kill ${run.pid}, if that is Amphora, and then: ${start}`,
      },
    ];
  }
  const { version, waiting, failed, quarantined } = health;
  const flags = `--data ${quoted(dataDir)}`;
  return [
    { subject, level: 'ok', sentence: `Amphora ${version} answers at ${url}/ (process ${run.pid})` },
    waitingFinding(waiting),
    ...(failed === undefined ? [] : [failedFinding(failed, flags)]),
    quarantineFinding(quarantined, false, flags),
    ...emulationFindings(run),
  ];
}

function emulationFindings({ notEmulated }: Run): readonly Finding[] {
  if (notEmulated.length === 0) return [];
  const sentence = `of the AWS template, nothing here does ${notEmulated.join(', ')}`;
  return [{ subject: 'emulation', level: 'ok', sentence }];
}

function startLine(run: Run | undefined, dataDir: string): string {
  return ['./amphora start --data', quoted(dataDir), ...doorFlags(run), ...storeFlags(run)].join(' ');
}

/** Without them the next run would ask nobody, and open what this one kept closed. */
function doorFlags(run: Run | undefined): readonly string[] {
  if (run === undefined) return [];
  const { signInUrl, mqttsPort, accessToken } = run;
  return [
    ...(signInUrl === undefined ? [] : ['--auth', ...portFlag('auth-port', Number(URL.parse(signInUrl)?.port))]),
    ...(mqttsPort === undefined ? [] : ['--device-auth', ...portFlag('mqtts-port', mqttsPort)]),
    // Which address it was, its run.json does not say.
    ...(accessToken ? ['--host …'] : []),
  ];
}

const portFlag = (flag: keyof typeof USUAL_PORTS, port: number): readonly string[] =>
  port === USUAL_PORTS[flag] || !(port > 0) ? [] : [`--${flag} ${port}`];

function storeFlags(run: Run | undefined): readonly string[] {
  if (run?.influx === undefined) return [];
  const { url, org, bucket } = run.influx;
  return [
    '--store influxdb',
    '--influx-url',
    quoted(url),
    '--influx-org',
    quoted(org),
    '--influx-bucket',
    quoted(bucket),
  ];
}

function waitingFinding(waiting: number): Finding {
  const subject = 'waiting';
  if (waiting < MANY_WAITING) {
    return {
      subject,
      level: 'ok',
      sentence: waiting === 0 ? 'no message waits' : `messages being stored: ${waiting}`,
    };
  }
  return {
    subject,
    level: 'warning',
    sentence: `${waiting} messages wait to be stored, so senders wait too; none is lost`,
    next: 'look at the database, and at what the window of ./amphora start says',
  };
}

type Health =
  | {
      readonly ok: true;
      readonly version: string;
      readonly waiting: number;
      /** Absent: of an older Amphora, which has no failure queues. */
      readonly failed?: number;
      readonly quarantined: number;
    }
  | { readonly ok: false; readonly reason: string };

async function healthOf(url: string): Promise<Health> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'manual' });
    const text = await response.text();
    return bodyOf(text) ?? { ok: false, reason: `status ${response.status}, and no health of Amphora` };
  } catch (error) {
    return { ok: false, reason: networkReason(error) };
  }
}

function bodyOf(text: string): Health | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('version' in body && 'waiting' in body && 'quarantined' in body))
      return undefined;
    const { version, waiting, quarantined } = body;
    return {
      ok: true,
      version: String(version),
      waiting: Number(waiting),
      ...('failed' in body ? { failed: Number(body.failed) } : {}),
      quarantined: Number(quarantined),
    };
  } catch {
    return undefined;
  }
}
