/** What the bench of cold starts needs besides the repository's own packages: bench/package-lock.json, installed at first use. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../on-path.ts';

export type Installed =
  | {
      readonly ok: true;
      /** Lambda's runtime client. */
      readonly runtimeClient: string;
    }
  /** A sentence. */
  | { readonly ok: false; readonly reason: string };

const BENCH = join(import.meta.dirname, '..');
const PACKAGES = join(BENCH, 'node_modules');
const CLIENT = join(PACKAGES, 'aws-lambda-ric');
const STAMP = join(PACKAGES, '.amphora-lock-hash');
const LIMIT_MS = 20 * 60_000;

// It compiles curl, AWS's client in C++ and the addon. Any one of each line will do.
const TOOLS = [['cmake', 'cmake3'], ['c++', 'g++', 'clang++'], ['make'], ['xz'], ['python3']];

export function installed(): Installed {
  const hash = createHash('sha256')
    .update(readFileSync(join(BENCH, 'package-lock.json')))
    .digest('hex');
  if (!isComplete(hash)) {
    const reason = whyNot() ?? install();
    if (reason !== undefined) return { ok: false, reason: `cold starts are left out: ${reason}` };
    writeFileSync(STAMP, `${hash}\n`);
  }
  return { ok: true, runtimeClient: join(CLIENT, 'index.mjs') };
}

const isBuilt = (): boolean => existsSync(join(CLIENT, 'rapid-client.node'));

const isComplete = (hash: string): boolean =>
  isBuilt() && existsSync(STAMP) && readFileSync(STAMP, 'utf8').trim() === hash;

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return "Lambda's runtime client is for Linux alone";
  const missing = TOOLS.filter((names) => !names.some((name) => programPath(name) !== undefined)).map(([name]) => name);
  if (missing.length === 0) return undefined;
  return `Lambda's runtime client is compiled, and this machine lacks ${missing.join(', ')}; install what is missing and type the same again`;
}

function install(): string | undefined {
  process.stderr.write("amphora: compiling Lambda's runtime client for the bench (once, some minutes) …\n");
  // Without what an outer `npm run` says of its own package.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const words = ['ci', '--prefix', BENCH, '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', words, { env, stdio: ['ignore', 2, 2], timeout: LIMIT_MS, cwd: BENCH });
  if (status === 0 && isBuilt()) return undefined;
  return `npm ci in bench/ failed (${error?.message ?? `exit code ${status}`}), see above; put it right and type the same again`;
}
