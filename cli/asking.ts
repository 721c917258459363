/** What the commands that ask the API of an Amphora begin with: their flags, and which Amphora it is. */
import type { Api } from './api-client.ts';
import { realClock } from './clock.ts';
import { type Arguments, type Command, type Flag, type Io, type Refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT } from './data-folder.ts';
import { resolveApi } from './target.ts';

export const API_FLAGS: readonly Flag[] = [
  {
    name: 'url',
    value: 'URL',
    meaning:
      'ask this Amphora, as in https://example.org/api; with the token in AMPHORA_TOKEN, else with the login of ./amphora login',
  },
  {
    name: 'data',
    value: 'DIR',
    meaning: 'ask the Amphora running in this data folder',
    byDefault: DATA_FOLDER_DEFAULT,
  },
];

export type Asking = {
  readonly args: Arguments;
  readonly io: Io;
  readonly api: Api;
};

/** Runs `ask` when the words were understood and it is known whom to ask; says what is wrong otherwise. */
export function askingCommand<Request extends { readonly ok: true }>(
  requestOf: (args: Arguments, io: Io) => Request | Refusal,
  ask: (request: Request, asking: Asking) => Promise<number>,
): Command['run'] {
  return async (args, io) => {
    const request = requestOf(args, io);
    if (!request.ok) return refuse(io, args, request);
    const opened = await openApi(args, io);
    return opened.ok ? ask(request, { args, io, api: opened.api }) : refuse(io, args, opened);
  };
}

async function openApi(args: Arguments, io: Io): Promise<{ readonly ok: true; readonly api: Api } | Refusal> {
  const target = await resolveApi(args, io);
  if (!target.ok) return target;
  const { apiUrl: url, bearer } = target;
  return { ok: true, api: { url, clock: realClock(io), ...(bearer === undefined ? {} : { bearer }) } };
}
