/** The page's state, the reader's actions, and what sets the questions off. */
import { computed, effect, signal, untracked } from '@preact/signals';
import { render } from 'preact';
import { readAddress, writeAddress } from './address.ts';
import { hearArrivals } from './arrivals.ts';
import { historyAsker, historyKey } from './ask-history.ts';
import { liveAsker } from './ask-live.ts';
import { sessionAsker } from './ask-session.ts';
import { statusAsker, statusKey } from './ask-status.ts';
import type { ChartKind } from './chart-plots.ts';
import { homeBattery } from './choice.ts';
import { terminalOf } from './first-lines.ts';
import type { Cursor } from './history.tsx';
import { valuesKey } from './pace.ts';
import { type Actions, Page, type View } from './page.tsx';
import { AWAY_MS, askWhenDue, keepAsking } from './poll.ts';
import { sleepProofClock } from './quality.ts';
import { around, picked, type Range, stepped, type Window, zoomed } from './range.ts';
import { SIGNED_OUT_TITLE, titleText } from './sentence.ts';
import { arrive } from './sign-in.ts';
import { createState, showBattery, showRange } from './state.ts';
import type { StatusPart } from './status-answers.ts';
import { currentTheme, onSystemColours, switchTheme } from './theme.ts';
import { allTopics, simulatedTopic, topicsOf } from './topics.ts';
import './style.css';

const clockMs = sleepProofClock(
  () => performance.now(),
  () => Date.now(),
);
// Before anything else reads the address: a sign-in's code does not stay in it.
const arrival = arrive();
const state = createState(new URLSearchParams(location.search), clockMs());

const timers = {
  nowMs: clockMs,
  isHidden: () => document.hidden,
  setTimer: (run: () => void, delayMs: number) => window.setTimeout(run, delayMs),
  clearTimer: (timer: number) => window.clearTimeout(timer),
};
const session = sessionAsker(state, clockMs, { arrival, onIn: () => live.askNow() });
const liveOf = liveAsker(state, clockMs, session);
const historyOf = historyAsker(state, clockMs);
const live = keepAsking(liveOf.ask, timers);
const history = keepAsking(historyOf.ask, timers);
const status = keepAsking(statusAsker(state, clockMs), timers);

function askAgain(): void {
  state.nowMs.value = clockMs();
  // Not as it is left, on the way to the sign-in page perhaps.
  if (!document.hidden) session.lookAgain();
  live.askNow();
  history.askNow();
  status.askNow();
}

function go(range: Range): void {
  showRange(state, range);
  writeAddress(state, 'replace');
}

/** By the server's clock, as far as it is known. */
function serverNowMs(): number {
  const { serverAheadMs } = state;
  return serverAheadMs.value === undefined ? Date.now() : clockMs() + serverAheadMs.value;
}

async function removeDemo(): Promise<void> {
  const answer = await state.config.value?.api.removeDemo();
  if (answer === undefined) return;
  if (answer.kind !== 'ok') {
    state.notice.value = `demo is still there: ${answer.reason ?? 'no answer from Amphora'}`;
    return;
  }
  state.notice.value = 'The simulation is removed';
  const left = (state.batteries.value?.value ?? []).filter(({ isSimulated }) => !isSimulated);
  state.batteries.value = { value: left, receivedAtMs: clockMs() };
  state.asked.value = undefined;
  writeAddress(state, 'replace');
  showBattery(state, homeBattery(left));
  askAgain();
}

const COPIED_MS = 2000;

async function copy(line: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(line);
    state.copied.value = line;
    window.setTimeout(() => (state.copied.value = undefined), COPIED_MS);
  } catch {
    state.notice.value = 'This browser does not let pages copy: mark the line and copy it yourself';
  }
}

const actions: Actions = {
  onPick: (battery: string) => {
    state.asked.value = battery;
    state.notice.value = '';
    showBattery(state, battery);
    writeAddress(state, 'push');
    live.askNow();
  },
  onHome: () => {
    state.asked.value = undefined;
    writeAddress(state, 'push');
    readAddress(state);
    live.askNow();
  },
  onTheme: () => (state.theme.value = switchTheme()),
  onTryNow: () => live.askNow(),
  onRemove: () => void removeDemo(),
  onCopy: (line: string) => void copy(line),
  onPart: (part: StatusPart) => (state.openPart.value = part === state.openPart.value ? undefined : part),
  onSignIn: () => void session.signIn(),
  onSignOut: () => void session.signOut(),
  onRange: go,
  onStep: (direction: -1 | 1) => go(stepped(state.range.value, direction, serverNowMs())),
  onNow: () => go({ ...state.range.value, endMs: undefined }),
  onZoom: (direction: -1 | 1) => go(zoomed(state.range.value, direction)),
  onWindow: (window: Window) => go(picked(window, serverNowMs())),
  onGoTo: (atMs: number) => go(around(state.range.value, atMs, serverNowMs())),
  onKind: (kind: ChartKind) => (state.kind.value = kind),
  onTable: () => (state.isTable.value = !state.isTable.value),
  onCursor: (cursor: Cursor | undefined) => (state.cursor.value = cursor),
  onWidth: (widthPx: number) => (state.widthPx.value = widthPx),
  onRowsInView: (areInView: boolean) => (state.areRowsInView.value = areInView),
};

const topicRoot = computed(() => state.config.value?.config.topicRoot ?? '');

function view(): View {
  const { config } = state.config.value ?? {};
  const { apiUrl = '', mqttPort, deviceFlags, isLocal = false, isTokenAsked = false, signIn } = config ?? {};
  const aheadMs = state.serverAheadMs.value;
  return {
    session: state.session.value,
    battery: state.shown.value,
    batteries: state.batteries.value?.value ?? [],
    state: state.liveState.value,
    contact: state.contact.value,
    nowMs: state.nowMs.value,
    serverNowMs: aheadMs === undefined ? undefined : state.nowMs.value + aheadMs,
    range: state.range.value,
    kind: state.kind.value,
    isTable: state.isTable.value,
    series: state.series.value?.value,
    model: state.model.value,
    cursor: state.cursor.value,
    rows: state.rows.value?.value,
    notice: state.notice.value,
    // Without a secure context there is no clipboard.
    canCopy: isSecureContext,
    copied: state.copied.value,
    status: state.status.value?.value,
    openPart: state.openPart.value,
    quarantined: state.quarantined.value,
    isLocal,
    theme: state.theme.value,
    doors: {
      apiUrl: new URL(apiUrl, location.origin).href.replace(/\/$/, ''),
      host: location.hostname,
      mqttPort,
      deviceFlags,
      isTokenAsked,
      topicRoot: topicRoot.value,
      terminal: signIn && terminalOf(signIn.redirectUri),
    },
    // Where one signs in, the page's own right is to read.
    canRemove: isLocal && signIn === undefined,
    isWaiting: state.isWaiting.value === true,
    home: location.pathname,
  };
}

function App() {
  return <Page view={view()} actions={actions} />;
}

effect(() => {
  const { session: who, shown, liveState, contact } = state;
  document.title = who.value.kind === 'out' ? SIGNED_OUT_TITLE : titleText(shown.value, liveState.value, contact.value);
});

const wanted = computed(() => historyKey(state));
// Untracked: what a question reads is not what sets it off.
effect(() => {
  if (wanted.value !== '' && state.isReady.value) untracked(history.askNow);
});
const statusWanted = computed(() => statusKey(state));
effect(() => {
  if (statusWanted.value !== '') untracked(status.askNow);
});
const values = computed(() => valuesKey(state));
const hearNews = askWhenDue({ ...historyOf, askNow: history.askNow }, timers);
effect(() => {
  if (values.value !== '') untracked(hearNews);
});
effect(() => {
  if (state.areRowsInView.value && untracked(historyOf.areRowsOld)) untracked(history.askNow);
});

const isVisible = signal(!document.hidden);
// A fast battery is asked for often enough; and a page that nobody sees needs no news.
const heardTopics = computed(() => {
  const { config, isReady, isWaiting, shown } = state;
  if (config.value?.config.isLocal !== true || !isReady.value || !isVisible.value) return '';
  const { minPollSeconds, signIn } = config.value.config;
  // The broker's WebSocket knows nobody's token, and is closed where one signs in.
  if (signIn !== undefined) return '';
  if (isWaiting.value === true) return allTopics(topicRoot.value).join(' ');
  const isSlow = (state.live.value?.value.periodS ?? 0) * 500 > minPollSeconds * 1000;
  return isSlow && shown.value !== undefined ? topicsOf(topicRoot.value, shown.value).join(' ') : '';
});
// Long enough for most readings to be stored.
const HEARD_MS = 50;
effect(() => {
  if (heardTopics.value === '') return undefined;
  const url = new URL('mqtt', location.href.replace(/^http/, 'ws'));
  const onMessage = (topic: string): void => {
    if (topic === simulatedTopic(topicRoot.value)) return;
    liveOf.hurry();
    window.setTimeout(live.askNow, HEARD_MS);
  };
  return hearArrivals(url.href, heardTopics.value.split(' '), { onMessage, onListening: live.askNow }).stop;
});

const TICK_MS = 1000;
window.setInterval(() => {
  if (!document.hidden) state.nowMs.value = clockMs();
}, TICK_MS);

document.addEventListener('visibilitychange', () => {
  isVisible.value = !document.hidden;
  askAgain();
});
// Back from elsewhere, as it was left, by the back button.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) askAgain();
});
for (const network of ['online', 'offline']) window.addEventListener(network, askAgain);
for (const input of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
  window.addEventListener(
    input,
    () => {
      const wasAway = clockMs() - state.lastInputAtMs.value > AWAY_MS;
      state.lastInputAtMs.value = clockMs();
      if (wasAway) askAgain();
    },
    { passive: true },
  );
}
window.addEventListener('popstate', () => {
  readAddress(state);
  live.askNow();
});
onSystemColours(() => {
  state.theme.value = currentTheme();
});

const root = document.getElementById('page');
if (root !== null) render(<App />, root);
live.askNow();
