/** Who answers at an address that InfluxDB 2 is expected at: asked without a token, by what it says of itself. */
import { InfluxDB } from '@influxdata/influxdb-client';

export type Identity =
  | { readonly kind: 'influxdb'; readonly version: string; readonly serverTimeMs: number | undefined }
  /** Something else answers: `what` it is. */
  | { readonly kind: 'other'; readonly what: string; readonly next: string }
  | { readonly kind: 'no-answer'; readonly reason: string; readonly next: string };

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;
type Pong = { readonly status: number; readonly headers: Headers; readonly text: string };

const RUN_VERSION_2 =
  'run InfluxDB 2 beside it (npm run influxd -- --port 8087) and give its address with --influx-url';

export async function identify(url: string, patienceMs: number): Promise<Identity> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    return identityOf(url, await ping(url, signal));
  } catch (error) {
    return { kind: 'no-answer', ...(signal.aborted ? silent(patienceMs) : noAnswer(error, url)) };
  }
}

// The client's own `timeout` counts silence only; the signal ends it in any case.
async function ping(url: string, signal: AbortSignal): Promise<Pong> {
  const { transport } = new InfluxDB({ url });
  let status = 0;
  let headers: Headers = {};
  try {
    await transport.request('/ping', '', { method: 'GET', signal }, (responseHeaders, statusCode) => {
      status = statusCode ?? 0;
      headers = responseHeaders;
    });
    return { status, headers, text: '' };
  } catch (error) {
    // A refusal is an answer; so is a body that is not what its type says.
    if (status === 0 || signal.aborted) throw error;
    return { status, headers, text: textOf(error, 'body') };
  }
}

function identityOf(url: string, { status, headers, text }: Pong): Identity {
  const version = headerOf(headers, 'x-influxdb-version').replace(/^v/i, '');
  const major = /^(\d+)\./.exec(version)?.[1];
  if (major === '2' && status < 300) {
    return { kind: 'influxdb', version, serverTimeMs: timeOf(headerOf(headers, 'date')) };
  }
  // Whatever the path, its answers say who it is.
  if (major === '2') {
    return other(`InfluxDB ${version}, but not below this path`, `--influx-url ${new URL(url).origin}`);
  }
  if (major !== undefined) return other(`InfluxDB ${version}, and Amphora needs 2.x`, RUN_VERSION_2);
  if (headerOf(headers, 'x-influxdb-build').toLowerCase() === 'cloud') {
    return other('InfluxDB Cloud, and Amphora needs an InfluxDB 2.x of your own', RUN_VERSION_2);
  }
  if (/HTTP request to an HTTPS server/i.test(text)) {
    return other('a server that wants TLS', `--influx-url ${url.replace(/^http:/, 'https:')}`);
  }
  if (status === 401) {
    return other('a server that wants a token for GET /ping, as InfluxDB 3 does and 2.x does not', RUN_VERSION_2);
  }
  const server = headerOf(headers, 'server').slice(0, 40);
  return other(
    `not InfluxDB (GET /ping has status ${status}${server === '' ? '' : ` from ${server}`})`,
    'give the address of InfluxDB 2 with --influx-url; its usual port is 8086',
  );
}

const other = (what: string, next: string): Identity => ({ kind: 'other', what, next });

type Silence = { readonly reason: string; readonly next: string };

const silent = (patienceMs: number): Silence => ({
  reason: `connected, and no word within ${patienceMs / 1000} s`,
  next: 'look into the log of the server there, or give another address with --influx-url',
});

/** By the codes of Node's network, TLS and HTTP errors. */
function noAnswer(error: unknown, url: string): Silence {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { reason: `there is no such name, ${code}`, next: 'check the name in --influx-url' };
  }
  if (code === 'ECONNREFUSED') {
    return {
      reason: `nothing listens there, ${code}`,
      next: 'start InfluxDB, or give its address with --influx-url; its usual port is 8086',
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return { reason: `it does not speak TLS, ${code}`, next: `--influx-url ${url.replace(/^https:/, 'http:')}` };
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code)) {
    return {
      reason: `its certificate is not one to trust, ${code}`,
      next: 'set NODE_EXTRA_CA_CERTS to a file with the certificate of its issuer',
    };
  }
  if (code.startsWith('HPE_')) {
    return {
      reason: `what answers does not speak HTTP, ${code}`,
      next: 'give the address of InfluxDB with --influx-url',
    };
  }
  return {
    reason: code === '' ? textOf(error, 'message') : code,
    next: 'check the address in --influx-url, and the network between',
  };
}

// `localhost` is two addresses; node puts their errors into one.
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? codeOf(error.errors[0]) : '';
}

function headerOf(headers: Headers, name: string): string {
  return [headers[name]].flat()[0] ?? '';
}

function timeOf(header: string): number | undefined {
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function textOf(value: unknown, name: string): string {
  const text: unknown =
    typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
  return typeof text === 'string' ? text : '';
}
