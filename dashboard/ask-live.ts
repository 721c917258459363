/** Asks for the newest values and, now and then, for the list of batteries; and what the answers change. */
import { writeAddress } from './address.ts';
import type { Battery, Config, Live } from './answers.ts';
import { type Answer, askConfig, openApi } from './api.ts';
import type { SessionAsker } from './ask-session.ts';
import { firstArrival, homeBattery } from './choice.ts';
import { newestMs, paceMs, presence } from './pace.ts';
import { quietDelayMs, retryDelayMs } from './poll.ts';
import { type State, showBattery } from './state.ts';

const HURRY_MS = 150;
const HURRIED_FOR_MS = 2000;
/** Until somebody signs in, which makes it ask at once. */
const SIGNED_OUT_MS = 3_600_000;

export type LiveAsker = {
  /** Once; answers after how long to ask again. */
  readonly ask: () => Promise<number>;
  /** A reading was sent, somebody says: ask faster until it is stored and shown, or for two seconds. */
  readonly hurry: () => void;
};

export function liveAsker(
  state: State,
  clockMs: () => number,
  session: Pick<SessionAsker, 'open' | 'enter'>,
): LiveAsker {
  const arrival = firstArrival();
  let failures = 0;
  let heard: { readonly atMs: number; readonly newestAtMs: number } | undefined;

  async function ask(): Promise<number> {
    const api = state.config.value?.api;
    if (api === undefined) return begin(await askConfig());
    if (state.session.value.kind === 'asking') return entered(await session.enter());
    if (isOut()) return SIGNED_OUT_MS;
    const battery = state.shown.value;
    const listAgeMs = clockMs() - (state.batteries.value?.receivedAtMs ?? 0);
    const isListDue = state.isWaiting.value !== false || listAgeMs > quietDelayMs(presence(state, clockMs()));
    const [live, list] = await Promise.all([
      battery === undefined ? undefined : api.live(battery),
      isListDue ? api.batteries() : undefined,
    ]);
    // Signed out meanwhile: these are readings that nobody may see any more.
    if (isOut()) return SIGNED_OUT_MS;
    for (const answer of [live, list]) {
      // Refused for want of a right where there is no sign-in, as without the link that opens Amphora to this device.
      if (answer?.kind === 'unreachable' || answer?.kind === 'signed-out') return lost(answer.reason);
    }
    failures = 0;
    if (battery === state.shown.value) found(live);
    if (list?.kind === 'ok') listed(list.value);
    if (battery !== state.shown.value) return 0;
    return isHurried() ? HURRY_MS : paceMs(state, clockMs());
  }

  function begin(answer: Answer<Config>): number {
    if (answer.kind !== 'ok') return lost(answer.reason);
    const authorized = session.open(answer.value);
    if (authorized === undefined) return SIGNED_OUT_MS;
    state.config.value = { config: answer.value, api: openApi(answer.value.apiUrl, authorized) };
    return 0;
  }

  function entered(failure: Awaited<ReturnType<SessionAsker['enter']>>): number {
    return failure === undefined ? 0 : lost(failure.reason);
  }

  function isOut(): boolean {
    return state.session.value.kind === 'out';
  }

  function lost(reason: string | undefined): number {
    failures += 1;
    const delayMs = retryDelayMs(failures);
    const before = state.contact.value;
    const isLost = before.kind === 'unreachable' || before.kind === 'offline';
    const sinceMs = isLost ? before.sinceMs : lastAnswerMs();
    // Amphora on this very device answers without any network: only a question that failed says that it is missing.
    state.contact.value = navigator.onLine
      ? { kind: 'unreachable', sinceMs, nextTryAtMs: clockMs() + delayMs, reason }
      : { kind: 'offline', sinceMs };
    return delayMs;
  }

  // By the server's clock, as every other time on the page.
  function lastAnswerMs(): number | undefined {
    return state.live.value?.value.serverMs;
  }

  function found(answer: Answer<Live> | undefined): void {
    state.contact.value = answer?.kind === 'refused' ? { kind: 'refused', reason: answer.reason } : { kind: 'ok' };
    if (answer?.kind !== 'ok') return;
    const receivedAtMs = clockMs();
    state.nowMs.value = receivedAtMs;
    state.serverAheadMs.value = answer.value.serverMs - receivedAtMs;
    state.live.value = { value: answer.value, receivedAtMs };
  }

  function listed(list: readonly Battery[]): void {
    const { shown, asked, live } = state;
    state.batteries.value = { value: list, receivedAtMs: clockMs() };
    const isOwn = asked.value !== undefined && live.value?.value.isSimulated !== true;
    const arrived = arrival(list, shown.value === undefined ? undefined : { id: shown.value, isOwn });
    if (arrived === undefined) {
      shown.value ??= homeBattery(list);
      return;
    }
    state.notice.value = `First reading of ${arrived} arrived`;
    showBattery(state, arrived);
    asked.value = arrived;
    writeAddress(state, 'replace');
  }

  function isHurried(): boolean {
    if (heard === undefined) return false;
    const isShown = newestMs(state) > heard.newestAtMs && state.isWaiting.value === false;
    if (isShown || clockMs() - heard.atMs > HURRIED_FOR_MS) heard = undefined;
    return heard !== undefined;
  }

  return {
    ask,
    hurry: () => {
      heard = { atMs: clockMs(), newestAtMs: newestMs(state) };
    },
  };
}
