/** `./amphora audit`: whether every sample that a device sent is stored, and once. */
import { parseBatteryId } from '../lambdas/batteries/battery.ts';
import { parseEdge, type TimeRange } from '../lambdas/telemetry/time-range.ts';
import { API_FLAGS, type Asking, askingCommand } from './asking.ts';
import { besideIt, look, type Span, spanOf } from './audit/look.ts';
import { auditJson, auditText, exitCodeOf } from './audit/report.ts';
import { type Arguments, type Command, type Refusal, refusal, refuse } from './command.ts';
import { progress } from './progress.ts';

export const audit: Command = {
  name: 'audit',
  summary: 'Check that every sample a device sent is stored, and stored once',
  usage: '--battery ID [--from T] [--to T] [--url URL | --data DIR]',
  positionals: 0,
  flags: [
    { name: 'battery', value: 'ID', meaning: 'the battery to account for (required)' },
    {
      name: 'from',
      value: 'T',
      meaning: 'start of the range: RFC 3339 as in 2026-01-31T12:00:00Z, or back from now as in -24h',
      byDefault: 'its oldest sample',
    },
    {
      name: 'to',
      value: 'T',
      meaning: 'end of the range, itself not in it; also now()',
      byDefault: 'its newest sample',
    },
    ...API_FLAGS,
  ],
  notes: [
    'It counts the running number seq within boot, one start of the device, so both must be sent; without boot, a lower seq with a newer time begins a run.',
    'What a run sent before its first stored number and after its last cannot be known; of a run that the range cuts only what lies inside counts.',
    'Two samples of one number are a duplicate when their time or content differs; the same sample sent again is one.',
  ],
  example: './amphora audit --battery garage --from -24h',
  exitCodes: {
    0: 'every number is stored, once',
    1: 'some are missing, or stored more than once',
    2: 'it could not be looked at, or no sample of the range carries seq',
  },
  run: askingCommand((args, io) => requestOf(args, io.nowMs()), runAudit),
};

async function runAudit(request: Request, { args, io, api }: Asking): Promise<number> {
  const { battery } = request;
  const span = await spanOf(api, battery);
  if (!span.ok) return refuse(io, args, span);
  const range = rangeOf(request, span);
  if ('ok' in range) return refuse(io, args, range);
  const line = progress(io);
  const looked = await look(api, battery, range, (ms) =>
    line.update(() => `looked at up to ${new Date(ms).toISOString()}`),
  );
  line.clear();
  if (!looked.ok) return refuse(io, args, looked);
  const { ok: _, ...found } = looked;
  const result = {
    battery,
    range,
    url: api.url,
    ...found,
    ...(await besideIt(api, battery, range.fromMs)),
  };
  const exitCode = exitCodeOf(found);
  if (exitCode === 2)
    return refuse(io, args, nothingToJudge(battery, range, span, found.summary.withoutSeq), auditJson(result));
  io.out(args.switches.has('json') ? `${JSON.stringify(auditJson(result))}\n` : auditText(result));
  return exitCode;
}

type Request = { readonly ok: true; readonly battery: string; readonly fromMs?: number; readonly toMs?: number };

function requestOf({ texts }: Arguments, nowMs: number): Request | Refusal {
  const [id, from, to] = [texts.get('battery'), texts.get('from'), texts.get('to')];
  if (id === undefined)
    return refusal('--battery ID is missing; name the battery to account for, as in --battery garage');
  const battery = parseBatteryId(id);
  if (!battery.ok) return refusal(battery.reason);
  const first = from === undefined ? undefined : parseEdge('--from', from, nowMs);
  if (first?.ok === false) return refusal(first.reason);
  const last = to === undefined ? undefined : parseEdge('--to', to, nowMs);
  if (last?.ok === false) return refusal(last.reason);
  return {
    ok: true,
    battery: battery.id,
    ...(first === undefined ? {} : { fromMs: first.atMs }),
    ...(last === undefined ? {} : { toMs: last.atMs }),
  };
}

function rangeOf(request: Request, span: Span): TimeRange | Refusal {
  const { fromMs = span.firstAtMs, toMs = span.lastAtMs + 1, battery } = request;
  if (fromMs < toMs) return { fromMs, toMs };
  return refusal(
    `the range must begin before it ends, and ${iso(fromMs)} is not before ${iso(toMs)}; ${spanSentence(battery, span)}`,
  );
}

function nothingToJudge(battery: string, range: TimeRange, span: Span, withoutSeq: number): Refusal {
  const between = `between ${iso(range.fromMs)} and ${iso(range.toMs)}`;
  return refusal(
    withoutSeq === 0
      ? `no sample of battery ${battery} ${between}, so nothing is proved; ${spanSentence(battery, span)}`
      : `none of the ${withoutSeq} samples of battery ${battery} ${between} carries seq, so nobody can account for them; let the device send seq and boot`,
  );
}

const spanSentence = (battery: string, { firstAtMs, lastAtMs }: Span): string =>
  `the samples of ${battery} lie from ${iso(firstAtMs)} to ${iso(lastAtMs)}`;

const iso = (ms: number): string => new Date(ms).toISOString();
