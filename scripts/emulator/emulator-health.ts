/** Whether an emulator answers: before a deploy, and all the while. */
import { refused } from '../refused.ts';

const ANSWER_MS = 2_000;
const LOOK_EVERY_MS = 1_000;
// A deploy keeps it busy for less than a second.
const SILENCE_MS = 15_000;
// A busy one closes a connection at the very moment at which the next question goes over it.
const GONE_LOOKS = 3;

const AFRESH = 'start it afresh, and type the same again';

/** `silent`: somebody listens, and does not answer. */
export type EmulatorHealth = 'ok' | 'silent' | 'gone';

export async function emulatorHealth(url: string): Promise<EmulatorHealth> {
  try {
    // MiniStack's and LocalStack's alike.
    const { ok } = await fetch(`${url}/_localstack/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return ok ? 'ok' : 'gone';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'silent' : 'gone';
  }
}

export async function checkEmulator(url: string): Promise<void> {
  const health = await emulatorHealth(url);
  if (health === 'ok') return;
  if (health === 'silent') throw refused(`what listens at ${url} does not answer; if it is the emulator, ${AFRESH}`);
  throw refused(
    `no emulator answers at ${url}; start one with docker compose -f docker-compose.localstack.yml up -d, or without Docker with npm run emulator, or name it in AWS_ENDPOINT_URL`,
  );
}

export type Watch = {
  /** Aborted, with a sentence as its reason, when the emulator has been silent for too long. */
  readonly signal: AbortSignal;
  readonly end: () => void;
};

export function watchEmulator(url: string): Watch {
  const controller = new AbortController();
  let heardAtMs = Date.now();
  let goneLooks = 0;
  const look = async (): Promise<void> => {
    const health = await emulatorHealth(url);
    if (health === 'ok') heardAtMs = Date.now();
    goneLooks = health === 'gone' ? goneLooks + 1 : 0;
    if (goneLooks >= GONE_LOOKS || Date.now() - heardAtMs > SILENCE_MS) {
      controller.abort(refused(`the emulator at ${url} does not answer any more; ${AFRESH}`));
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}
