/** `./amphora redrive`: what waits in the failure queues, counted, and with --apply stored. */

import { readWaiting, type WaitingAnswer } from '../lambdas/redrive/redrive-answer.ts';
import { quoted } from '../local/shell-word.ts';
import { askApi, notOurs } from './api-client.ts';
import { API_FLAGS, type Asking, askingCommand } from './asking.ts';
import { type Arguments, type Command, type Refusal, refusal, refuse } from './command.ts';
import { progress } from './progress.ts';
import { redrivenText, waitingText } from './redrive/report.ts';
import { type End, redriveAll } from './redrive/rounds.ts';

export const redrive: Command = {
  name: 'redrive',
  summary: 'See what waits in the failure queues, and store it',
  usage: '[--apply] [--url URL | --data DIR]',
  positionals: 0,
  flags: [{ name: 'apply', meaning: 'store what waits; without it nothing is changed' }, ...API_FLAGS],
  notes: [
    'A message waits there that could not be stored while the database was away, or could not be handed to the writer. An Amphora tries again by itself, at home each minute, on AWS each quarter of an hour; this is for whoever does not want to wait.',
    'A message leaves its queue when the database has it, or the quarantine. What is stored already is not stored twice, so it may be stopped at any moment, and typed again.',
    'AWS counts what waits roughly, and up to a minute late. What is told as moved is exact, but for a request whose answer did not come.',
    'With --json the result is {waiting, inFlight, queues}, or with --apply {moved, stored, repeated, quarantined, more, queues, inHand}: messages moved and quarantined, points stored and repeated, which are those that were there already, and messages that another redrive had in hand at the start.',
  ],
  example: './amphora redrive --apply',
  exitCodes: {
    0: 'nothing waits; with --apply: all that was there to take is stored',
    1: "something waits; with --apply: something is in quarantine, or in another redrive's hand",
    2: 'nothing answers, it may not be asked, or it could not be ended: the rest waits where it was',
  },
  run: askingCommand(requestOf, runRedrive),
};

type Request = { readonly ok: true; readonly isApplied: boolean };

function requestOf({ switches }: Arguments): Request {
  return { ok: true, isApplied: switches.has('apply') };
}

async function runRedrive({ isApplied }: Request, asking: Asking): Promise<number> {
  const { args, io, api } = asking;
  const asked = await askApi(api, '/redrive');
  if (!asked.ok) return refuse(io, args, asked);
  const waiting = readWaiting(asked.body);
  if (waiting === undefined) return refuse(io, args, notOurs(api));
  return isApplied ? apply(waiting, asking) : show(waiting, asking);
}

function show(waiting: WaitingAnswer, { args, io, api }: Asking): number {
  const isJson = args.switches.has('json');
  io.out(isJson ? `${JSON.stringify(waiting)}\n` : waitingText(waiting, { url: api.url, flags: placeFlags(args) }));
  return waiting.waiting + waiting.inFlight === 0 ? 0 : 1;
}

async function apply({ waiting, inFlight: inHand }: WaitingAnswer, { args, io, api }: Asking): Promise<number> {
  const isJson = args.switches.has('json');
  const flags = placeFlags(args);
  const line = progress(io);
  const stop = io.stopSignal();
  const tellStopping = (): void => {
    line.clear();
    io.err('Stopping when the request that runs has ended, within half a minute; Ctrl-C again does not wait for it.\n');
  };
  stop.addEventListener('abort', tellStopping, { once: true });
  const onRound = (moved: number): void =>
    line.update(() => `${moved} of about ${Math.max(waiting, moved)} messages moved`);
  onRound(0);
  const { redriven, end } = await redriveAll(api, { stop, onRound });
  line.clear();
  const result = { ...redriven, inHand };
  const problem = problemOf(end, `./amphora redrive --apply${flags}`);
  if (!isJson) io.out(redrivenText(redriven, { url: api.url, flags, inHand: end.kind === 'empty' ? inHand : 0 }));
  if (problem !== undefined) return refuse(io, args, problem, result);
  if (isJson) io.out(`${JSON.stringify(result)}\n`);
  return redriven.quarantined + inHand === 0 ? 0 : 1;
}

function problemOf(end: End, again: string): Refusal | undefined {
  switch (end.kind) {
    case 'empty':
      return undefined;
    case 'refused':
      return end.refusal;
    case 'stopped':
      return refusal(`the rest could not be stored: ${end.reason}; it waits where it was, type the same again later`);
    case 'interrupted':
      return refusal(`stopped; what was moved stands, and the rest waits where it was. Run it again: ${again}`);
    case 'stuck':
      return refusal(
        'there is more, but nothing of it could be taken out: another redrive may have it in hand; type the same again in five minutes',
      );
  }
}

/** Those that name the Amphora, to stand behind a command. */
function placeFlags({ texts }: Arguments): string {
  return ['url', 'data']
    .filter((name) => texts.has(name))
    .map((name) => ` --${name} ${quoted(texts.get(name) ?? '')}`)
    .join('');
}
