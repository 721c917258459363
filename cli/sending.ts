/** What the commands that send samples begin with. */
import { type Arguments, type Command, type Io, type Refusal, refuse } from './command.ts';
import type { Door } from './door.ts';
import { type Progress, progress } from './progress.ts';
import { openDoor, resolveTarget, type Target } from './target.ts';

export type Sending = {
  readonly args: Arguments;
  readonly io: Io;
  readonly target: Target;
  readonly line: Progress;
};

/** Runs `send` when the words were understood and it is known where to send to; says what is wrong otherwise. */
export function sendingCommand<Request extends { readonly ok: true }>(
  requestOf: (args: Arguments) => Request | Refusal,
  send: (request: Request, sending: Sending) => Promise<number>,
): Command['run'] {
  return async (args, io) => {
    const request = requestOf(args);
    if (!request.ok) return refuse(io, args, request);
    const target = await resolveTarget(args, io);
    return target.ok ? send(request, { args, io, target, line: progress(io) }) : refuse(io, args, target);
  };
}

/** `patienceMs`: as of DoorOptions. Losses and returns of the connection are told on stderr. */
export function openSending(
  { io, target, line }: Sending,
  battery: string,
  patienceMs: number | undefined,
): Promise<{ readonly ok: true; readonly door: Door } | Refusal> {
  return openDoor(target, {
    battery,
    patienceMs,
    onNote: (sentence) => {
      line.clear();
      io.err(`${sentence}\n`);
    },
    nowMs: io.nowMs,
    newId: io.newId,
  });
}
