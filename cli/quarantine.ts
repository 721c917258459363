/** `./amphora quarantine`: what could not be stored, looked at, tried again, deleted. */

import { recordPlace } from '../lambdas/quarantine/record.ts';
import { type Api, type ApiMethod, askApi } from './api-client.ts';
import { API_FLAGS, type Asking, askingCommand } from './asking.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { entriesIn, entryLines, recordIn, recordLines } from './quarantine/records.ts';
import { closest } from './suggest.ts';

const DEEDS = ['list', 'show', 'replay', 'delete'] as const;
type Deed = (typeof DEEDS)[number];

const FILTERS = ['battery', 'reason', 'from', 'to', 'limit'] as const;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;
// What the API gives in one answer.
const PAGE = 500;

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'Look at what could not be stored, try it again, or delete it',
  usage: 'list | show ID | replay ID… | delete ID…  [--battery ID] [--reason WORDS] [--from T] [--to T] [--url URL]',
  positionals: 'any',
  flags: [
    { name: 'battery', value: 'ID', meaning: 'list: those of this battery, as their topics say' },
    {
      name: 'reason',
      value: 'WORDS',
      meaning: "list: those with these words in the reason or the database's own words",
    },
    { name: 'from', value: 'T', meaning: 'list: received then or later; as in -2d, -6h or 2026-11-26T08:00:00Z' },
    { name: 'to', value: 'T', meaning: 'list: received before then' },
    { name: 'limit', value: 'N', meaning: 'list: so many, the newest first', byDefault: String(DEFAULT_LIMIT) },
    ...API_FLAGS,
  ],
  notes: [
    'A message of which anything could not be stored waits there whole; what could be stored of it is stored.',
    'replay gives the original to the writer once more, after what was wrong was mended. What is stored already is not stored twice; when all of it is, the record goes.',
    'With --json the result is {records, more}, the record with its original in base64, or {results: [{id, outcome}]}, where an outcome is stored, quarantined, deleted or unknown.',
  ],
  example: './amphora quarantine list --battery boat --from -2d',
  exitCodes: {
    0: 'done; of replay: all of it is stored',
    1: 'there is no such record, or what was replayed still cannot be stored',
    2: 'nothing answers, or it may not be asked',
  },
  run: askingCommand(requestOf, runQuarantine),
};

type Request = { readonly ok: true; readonly deed: Deed; readonly ids: readonly string[] };

function requestOf(args: Arguments): Request | Refusal {
  const [word, ...ids] = args.positionals;
  const deed = DEEDS.find((one) => one === word);
  if (deed === undefined) return refusal(unknownDeed(word));
  const problem = problemOf(deed, ids, args);
  return problem === undefined ? { ok: true, deed, ids } : refusal(problem);
}

async function runQuarantine({ deed, ids }: Request, asking: Asking): Promise<number> {
  switch (deed) {
    case 'list':
      return list(asking);
    case 'show':
      return show(ids[0] ?? '', asking);
    case 'replay':
    case 'delete':
      return each(deed, ids, asking);
  }
}

async function list({ args, io, api }: Asking): Promise<number> {
  const limit = Number(args.texts.get('limit') ?? DEFAULT_LIMIT);
  const records = [];
  let path: string | undefined = `/quarantine?${queryOf(args, limit).toString()}`;
  while (path !== undefined && records.length < limit) {
    const answer = await askApi(api, path);
    if (!answer.ok) return refuse(io, args, answer);
    records.push(...entriesIn(answer.body));
    path = answer.next;
  }
  const more = path !== undefined || records.length > limit;
  const told = records.slice(0, limit);
  if (args.switches.has('json')) io.out(`${JSON.stringify({ records: told, more })}\n`);
  else io.out(`${told.map(entryLines).join('')}${lastLine(told.length, more, args)}\n`);
  return 0;
}

function queryOf({ texts }: Arguments, limit: number): URLSearchParams {
  const query = new URLSearchParams({ limit: String(Math.min(limit, PAGE)) });
  for (const name of FILTERS) if (name !== 'limit' && texts.has(name)) query.set(name, texts.get(name) ?? '');
  return query;
}

function lastLine(count: number, more: boolean, { texts }: Arguments): string {
  const isFiltered = FILTERS.some((name) => name !== 'limit' && texts.has(name));
  if (count === 0) return isFiltered ? 'Nothing in quarantine is of that kind.' : 'Nothing is in quarantine.';
  const are = `${count} ${count === 1 ? 'message' : 'messages'}, the newest first`;
  if (more)
    return `${are}; there are more: --limit ${count * 10} shows them. One with its bytes: ./amphora quarantine show ID`;
  return `${are}. One with its bytes: ./amphora quarantine show ID`;
}

async function show(id: string, { args, io, api }: Asking): Promise<number> {
  const answer = await askOf(api, 'GET', id);
  if (!answer.ok) return refuse(io, args, answer);
  if (answer.body === undefined) return refuse(io, args, unknownRecord(id));
  io.out(args.switches.has('json') ? `${JSON.stringify(answer.body)}\n` : recordLines(recordIn(answer.body)));
  return 0;
}

type Result = Readonly<Record<string, unknown>> & { readonly id: string; readonly outcome: string };

async function each(deed: 'replay' | 'delete', ids: readonly string[], { args, io, api }: Asking): Promise<number> {
  const isJson = args.switches.has('json');
  const results: Result[] = [];
  for (const id of new Set(ids)) {
    const answer = await (deed === 'replay' ? askOf(api, 'POST', id, '/replay') : askOf(api, 'DELETE', id));
    // What was done before stands.
    if (!answer.ok) return refuse(io, args, answer, { results });
    const result = resultOf(id, deed, answer.body);
    results.push(result);
    if (!isJson) tell(result, io);
  }
  if (isJson) io.out(`${JSON.stringify({ results })}\n`);
  return results.every(({ outcome }) => outcome === 'stored' || outcome === 'deleted') ? 0 : 1;
}

/** What is answered of one record; no body: there is none. What is no id is not asked for: it would be another address. */
async function askOf(
  api: Api,
  method: ApiMethod,
  id: string,
  ending: '' | '/replay' = '',
): Promise<{ readonly ok: true; readonly body: unknown } | Refusal> {
  if (recordPlace(id) === undefined) return { ok: true, body: undefined };
  const answer = await askApi(api, `/quarantine/${id}${ending}`, method);
  return answer.ok ? { ok: true, body: answer.status === 200 ? answer.body : undefined } : answer;
}

function resultOf(id: string, deed: Deed, answer: unknown): Result {
  if (answer === undefined) return { id, outcome: 'unknown' };
  if (deed === 'delete') return { id, outcome: 'deleted' };
  const told: Readonly<Record<string, unknown>> = { ...Object(answer) };
  return { ...told, id, outcome: String(told['outcome']) };
}

function tell(result: Result, io: Io): void {
  const { id, outcome, attempts, reason } = result;
  switch (outcome) {
    case 'unknown':
      refuse(io, NO_JSON, unknownRecord(id));
      return;
    case 'deleted':
      io.out(`${id}  deleted\n`);
      return;
    case 'stored':
      io.out(`${id}  stored, and no longer in quarantine\n`);
      return;
    default:
      refuse(
        io,
        NO_JSON,
        refusal(`${id} still cannot be stored, after ${String(attempts)} attempts: ${String(reason)}`, 1),
      );
  }
}

const NO_JSON = { switches: new Set<string>() };

const unknownRecord = (id: string): Refusal =>
  refusal(
    `there is no record '${id.slice(0, 64)}' in the quarantine; ./amphora quarantine list shows those there are`,
    1,
  );

function problemOf(deed: Deed, ids: readonly string[], { texts }: Arguments): string | undefined {
  const filter = FILTERS.find((name) => texts.has(name));
  if (deed === 'list') {
    if (ids.length > 0)
      return `list takes no id, '${ids[0]}' was given; ./amphora quarantine show ${ids[0]} shows that one`;
    const limit = texts.get('limit');
    const isGood = limit === undefined || (/^\d{1,6}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT);
    return isGood ? undefined : `--limit must be a whole number from 1 to ${MAX_LIMIT}, not '${limit}'`;
  }
  if (filter !== undefined) return `--${filter} is for ./amphora quarantine list; ${deed} takes ids`;
  if (ids.length === 0)
    return `name the record: ./amphora quarantine ${deed} ID; ./amphora quarantine list shows the ids`;
  return deed === 'show' && ids.length > 1 ? `show takes one id, '${ids[1]}' is one too many` : undefined;
}

function unknownDeed(word: string | undefined): string {
  const known = 'list, show ID, replay ID… or delete ID…';
  if (word === undefined) return `say what is to be done: ./amphora quarantine ${known}`;
  const close = closest(word, DEEDS);
  return `unknown word '${word}'; ${close === undefined ? `it is ./amphora quarantine ${known}` : `did you mean ./amphora quarantine ${close}?`}`;
}
