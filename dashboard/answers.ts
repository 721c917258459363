/** What the API answers, parsed once at the door: past here every type is true. */
import type { LiveValue as ApiValue, Livedata } from '../lambdas/telemetry/read-latest.ts';
import type { SeriesField as ApiField, Series as ApiSeries } from '../lambdas/telemetry/read-series.ts';
import type { Quality } from './quality.ts';

export type KnownValue = {
  readonly kind: 'known';
  readonly value: NonNullable<ApiValue['value']>;
  readonly unit: string;
  /** As the API wrote it. */
  readonly at: string;
  readonly atMs: number;
  /** By the server's clock, when it answered. */
  readonly ageMs: number;
  readonly quality: Quality;
  /** Not sent by the device: worked out from voltage and current, or from a pair. */
  readonly isDerived: boolean;
};
export type LiveValue = KnownValue | { readonly kind: 'never'; readonly unit: string };

export type Live = Pick<Livedata, 'battery' | 'periodS'> & {
  readonly serverMs: number;
  readonly isSimulated: boolean;
  readonly valueByField: ReadonlyMap<string, LiveValue>;
};

export type Battery = {
  readonly id: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly isSimulated: boolean;
};

/** One field over the steps that have samples; the columns run beside `atMs`, the start of each step. */
export type SeriesField = Pick<ApiField, 'statistics' | 'min' | 'max' | 'mean' | 'count'> & {
  readonly unit: string;
  readonly isDerived: boolean;
  readonly atMs: ApiField['at'];
};

export type Series = Pick<ApiSeries, 'battery' | 'stepMs' | 'periodS'> & {
  readonly beginMs: number;
  readonly endMs: number;
  readonly nearestBeforeMs: number | undefined;
  readonly nearestAfterMs: number | undefined;
  readonly fieldByName: ReadonlyMap<string, SeriesField>;
};

export type Row = {
  readonly at: string;
  readonly atMs: number;
  readonly valueByField: ReadonlyMap<string, number | string>;
  /** The time was stamped on arrival; the device sent none. */
  readonly isReceived: boolean;
  readonly derived: readonly string[];
};

export type Config = {
  /** Put before the API's paths; empty: the page's own origin. */
  readonly apiUrl: string;
  readonly minPollSeconds: number;
  readonly isLocal: boolean;
  /** Undefined: no broker here takes a client without a certificate. */
  readonly mqttPort: number | undefined;
  /** With which `./amphora add-battery` finds this Amphora; undefined: its broker asks for no certificate, or is not here. */
  readonly deviceFlags: string | undefined;
  /** The API wants the token of the link that opened the page; a script has none of the browser's cookie. */
  readonly isTokenAsked: boolean;
  /** First level of every topic. */
  readonly topicRoot: string;
  /** Undefined: this Amphora has no sign-in. */
  readonly signIn: SignIn | undefined;
};

/** Where one signs in, and as which client. */
export type SignIn = {
  /** Base of the sign-in page's addresses, without a slash at its end. */
  readonly url: string;
  readonly clientId: string;
  readonly scope: string;
  /** This page's own address, to which the sign-in page leads back. */
  readonly redirectUri: string;
};

/** Of the session; the refresh token is in a cookie that no script can read. */
export type AccessToken = { readonly accessToken: string; readonly expiresInS: number };

/** Whether the session that was signed out has ended at the sign-in service too. */
export type Revoked = { readonly isRevoked: true } | { readonly isRevoked: false; readonly reason: string | undefined };

// lib/settings.ts: the setting's default.
const DEFAULT_TOPIC_ROOT = 'battery';

type Fields = Readonly<Record<string, unknown>>;

export function parseConfig(body: unknown): Config | undefined {
  if (!isFields(body)) return undefined;
  const { apiUrl, minPollSeconds, local, mqttPort, deviceFlags, token, topicRoot } = body;
  if (typeof apiUrl !== 'string' || !isNumber(minPollSeconds)) return undefined;
  const signIn = parseSignIn(body['signIn']);
  // Taken for none, every question would be refused without a word why.
  if (signIn === undefined && body['signIn'] !== undefined) return undefined;
  return {
    apiUrl,
    minPollSeconds,
    isLocal: local === true,
    mqttPort: isNumber(mqttPort) ? mqttPort : undefined,
    deviceFlags: typeof deviceFlags === 'string' ? deviceFlags : undefined,
    isTokenAsked: token === true,
    topicRoot: typeof topicRoot === 'string' && topicRoot !== '' ? topicRoot : DEFAULT_TOPIC_ROOT,
    signIn,
  };
}

function parseSignIn(body: unknown): SignIn | undefined {
  if (!isFields(body)) return undefined;
  const { url, clientId, scope, redirectUri } = body;
  if (!isWebAddress(url) || !isWebAddress(redirectUri)) return undefined;
  if (typeof clientId !== 'string' || typeof scope !== 'string') return undefined;
  return { url, clientId, scope, redirectUri };
}

export function parseAccessToken(body: unknown): AccessToken | undefined {
  if (!isFields(body)) return undefined;
  const { accessToken, expiresInS } = body;
  return typeof accessToken === 'string' && accessToken !== '' && isNumber(expiresInS) && expiresInS > 0
    ? { accessToken, expiresInS }
    : undefined;
}

export function parseRevoked(body: unknown): Revoked | undefined {
  if (!isFields(body) || typeof body['revoked'] !== 'boolean') return undefined;
  const { revoked, reason } = body;
  return revoked ? { isRevoked: true } : { isRevoked: false, reason: typeof reason === 'string' ? reason : undefined };
}

export function parseLive(body: unknown): Live | undefined {
  if (!isFields(body)) return undefined;
  const { battery, serverTime, periodS, simulated, ...fields } = body;
  const serverMs = instantMs(serverTime);
  if (typeof battery !== 'string' || serverMs === undefined || !isNumber(periodS)) return undefined;
  const values = Object.entries(fields).flatMap(([field, value]): (readonly [string, LiveValue])[] => {
    const parsed = liveValue(value);
    return parsed === undefined ? [] : [[field, parsed]];
  });
  return { battery, serverMs, periodS, isSimulated: simulated === true, valueByField: new Map(values) };
}

export function parseBatteries(body: unknown): readonly Battery[] | undefined {
  return listOf(body, (item) => {
    if (!isFields(item) || typeof item['id'] !== 'string') return undefined;
    const firstAtMs = instantMs(item['firstAt']);
    const lastAtMs = instantMs(item['lastAt']);
    if (firstAtMs === undefined || lastAtMs === undefined) return undefined;
    return { id: item['id'], firstAtMs, lastAtMs, isSimulated: item['simulated'] === true };
  });
}

export function parseSeries(body: unknown): Series | undefined {
  if (!isFields(body) || !isFields(body['fields'])) return undefined;
  const { battery, stepMs, periodS } = body;
  const beginMs = instantMs(body['begin']);
  const endMs = instantMs(body['end']);
  if (typeof battery !== 'string' || !isNumber(stepMs) || !isNumber(periodS)) return undefined;
  if (beginMs === undefined || endMs === undefined) return undefined;
  const nearest = isFields(body['nearest']) ? body['nearest'] : {};
  const fields = Object.entries(body['fields']).flatMap(([name, value]): (readonly [string, SeriesField])[] => {
    const field = seriesField(value);
    return field === undefined ? [] : [[name, field]];
  });
  return {
    battery,
    beginMs,
    endMs,
    stepMs,
    periodS,
    nearestBeforeMs: instantMs(nearest['before']),
    nearestAfterMs: instantMs(nearest['after']),
    fieldByName: new Map(fields),
  };
}

export function parseRows(body: unknown): readonly Row[] | undefined {
  return listOf(body, (item) => {
    if (!isFields(item)) return undefined;
    const { time, received, derived, ...fields } = item;
    const atMs = instantMs(time);
    if (typeof time !== 'string' || atMs === undefined) return undefined;
    const values = Object.entries(fields).filter((entry): entry is [string, number | string] => isValue(entry[1]));
    const derivedFields = Array.isArray(derived) ? derived.filter((field) => typeof field === 'string') : [];
    return { at: time, atMs, valueByField: new Map(values), isReceived: received === 1, derived: derivedFields };
  });
}

/** The sentence of an error answer, if it has one. */
export function parseReason(body: unknown): string | undefined {
  if (!isFields(body)) return undefined;
  const reason = body['error'] ?? body['message'];
  return typeof reason === 'string' ? reason : undefined;
}

function liveValue(body: unknown): LiveValue | undefined {
  if (!isFields(body)) return undefined;
  const { value, at, ageMs, quality } = body;
  const unit = typeof body['unit'] === 'string' ? body['unit'] : '';
  const atMs = instantMs(at);
  if (!isValue(value) || typeof at !== 'string' || atMs === undefined) return { kind: 'never', unit };
  if (!isNumber(ageMs) || !isQuality(quality)) return { kind: 'never', unit };
  return { kind: 'known', value, unit, at, atMs, ageMs, quality, isDerived: body['derived'] === true };
}

function seriesField(body: unknown): SeriesField | undefined {
  if (!isFields(body) || !isFields(body['statistics'])) return undefined;
  const { count, min, max, mean } = body['statistics'];
  const columns = [body['at'], body['min'], body['max'], body['mean'], body['count']].map(numbers);
  const [atMs, mins, maxs, means, counts] = columns;
  if (!isNumber(count) || !isNumber(min) || !isNumber(max) || !isNumber(mean)) return undefined;
  if (!atMs || !mins || !maxs || !means || !counts) return undefined;
  const unit = typeof body['unit'] === 'string' ? body['unit'] : '';
  const isDerived = body['derived'] === true;
  return {
    unit,
    isDerived,
    statistics: { count, min, max, mean },
    atMs,
    min: mins,
    max: maxs,
    mean: means,
    count: counts,
  };
}

export function listOf<Item>(body: unknown, parse: (item: unknown) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(body)) return undefined;
  return body.map(parse).filter((item) => item !== undefined);
}

export function instantMs(text: unknown): number | undefined {
  const atMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

function numbers(body: unknown): readonly number[] | undefined {
  return Array.isArray(body) && body.every(isNumber) ? body : undefined;
}

export function isFields(body: unknown): body is Fields {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

function isWebAddress(body: unknown): body is string {
  return typeof body === 'string' && /^https?:$/.test(URL.parse(body)?.protocol ?? '');
}

export function isNumber(body: unknown): body is number {
  return typeof body === 'number' && Number.isFinite(body);
}

function isValue(body: unknown): body is number | string {
  return isNumber(body) || typeof body === 'string';
}

function isQuality(body: unknown): body is Quality {
  return body === 'live' || body === 'late' || body === 'stale';
}
