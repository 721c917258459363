/** Schemathesis as a process: made-up requests to a running API, each answer judged by a description of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Process, runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { within } from '../end-to-end/until.ts';

/** What each answer is asked: Schemathesis's names. */
export const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
] as const;

/** The same seed makes the same requests, in the same order. */
export const SEED = Number(process.env['SCHEMATHESIS_SEED'] ?? 5);

export type Asked = {
  /** Where the API begins. */
  readonly url: string;
  /** The OpenAPI document. */
  readonly description: unknown;
  /** Goes with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Only these paths; absent: all. */
  readonly paths?: readonly string[];
  /** Of the fuzzing phase, each operation. */
  readonly examples?: number;
  /** Besides those of CHECKS. */
  readonly checks?: readonly string[];
};

export type Verdict = {
  readonly exitCode: number | null;
  readonly operations: { readonly total: number; readonly tested: number };
  readonly requests: number;
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  readonly errors: readonly unknown[];
  /** The operations of which at least one made-up request was taken. */
  readonly accepted: readonly string[];
  /** What it printed of the failures, with a curl line for each. */
  readonly told: string;
};

const LIMIT_MS = 180_000;
const EXAMPLES = 60;

export async function schemathesis({
  url,
  description,
  headers = {},
  paths = [],
  examples = EXAMPLES,
  checks = [],
}: Asked): Promise<Verdict> {
  const folder = temporaryFolder();
  const [document, report] = [join(folder, 'openapi.json'), join(folder, 'report.json')];
  writeFileSync(document, JSON.stringify(description));
  const words = [
    ['run', document, '--url', url, '--checks', [...CHECKS, ...checks].join(',')],
    ['--seed', `${SEED}`, '--workers', '1', '--max-examples', `${examples}`, '--no-shrink'],
    // A database of found failures would make the next run another one.
    ['--generation-database', 'none', '--request-timeout', '20', '--no-color'],
    ['--report', 'json', '--report-json-path', report, '--report-dir', folder],
    Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    paths.flatMap((path) => ['--include-path', path]),
  ];
  const running = python(['-m', 'schemathesis.cli', ...words.flat()], folder);
  const { code } = await within('the end of Schemathesis', running.ended, LIMIT_MS);
  const { operations, test_cases, failures, errors, valid_rates } = reportIn(report, running);
  return {
    exitCode: code,
    operations,
    requests: test_cases.generated,
    failures,
    errors,
    accepted: Object.entries(valid_rates).flatMap(([operation, phases]) =>
      Object.values(phases).some(({ accepted }) => accepted > 0) ? [operation] : [],
    ),
    told: /^=+ FAILURES =+$(.*)^=+ SUMMARY =+$/ms.exec(running.out())?.[1] ?? '',
  };
}

/** Begun in its own folder, where it leaves files. */
function python(words: readonly string[], folder: string): Process {
  const script = 'import os, sys; os.chdir(sys.argv[1]); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])';
  return runProcess(process.env['SCHEMATHESIS_PYTHON'] ?? 'python3', ['-c', script, folder, ...words], {
    HOME: folder,
    PYTHONUNBUFFERED: '1',
  });
}

type Report = Pick<Verdict, 'operations' | 'failures' | 'errors'> & {
  readonly test_cases: { readonly generated: number };
  readonly valid_rates: Readonly<Record<string, Readonly<Record<string, { readonly accepted: number }>>>>;
};

function reportIn(path: string, { out, err }: Process): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`Schemathesis left no report: ${out()}${err()}`, { cause });
  }
}
