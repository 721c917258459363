/**
 * Setting up an InfluxDB 2 and looking into one: for the command line, the local runtime and the deploy, not for functions.
 * Everything here rejects with an AmphoraError that says what to do.
 */
import { InfluxDB } from '@influxdata/influxdb-client';
import { AuthorizationsAPI, BucketsAPI, DeleteAPI, OrgsAPI } from '@influxdata/influxdb-client-apis';
import { AmphoraError } from '../failures/amphora-error.ts';
import { type InfluxConnection, influxConnection, refusalError } from './influxdb-connection.ts';
import { askSeries, databaseOf, resultsIn } from './influxdb-influxql.ts';
import { MEASUREMENTS } from './influxdb-lines.ts';

export type InfluxAddress = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly token: string;
};

export type FieldType = { readonly measurement: string; readonly field: string; readonly type: string };

/** Whether the token may, in the server's own words. */
export type Check = { readonly ok: true } | { readonly ok: false; readonly status: number; readonly words: string };

export type TokenWish = {
  readonly description: string;
  readonly access: 'read' | 'write' | 'both';
  readonly bucket?: string;
};

export type InfluxManagement = {
  /** As in v2.7.12. */
  readonly version: () => Promise<string>;
  /** Every field of the bucket; one with two types stands there twice. */
  readonly fieldTypes: () => Promise<readonly FieldType[]>;
  readonly canWrite: () => Promise<Check>;
  readonly canRead: () => Promise<Check>;
  readonly hasBucket: (name: string) => Promise<boolean>;
  readonly createBucket: (name: string, retentionSeconds?: number) => Promise<void>;
  /** One that may only do this with the bucket. One of the same description and rights is given again. */
  readonly createToken: (wish: TokenWish) => Promise<string>;
  /** Removes all that a battery has stored. */
  readonly deleteBattery: (battery: string) => Promise<void>;
  /** Whether nobody has stored anything in the bucket, Amphora or other. */
  readonly isEmpty: () => Promise<boolean>;
  /** Removes all that the bucket holds, whoever's. */
  readonly deleteAll: () => Promise<void>;
};

const TIMEOUT_MS = 5_000;
const DELETE_TIMEOUT_MS = 60_000;
const ALL_TIME = { start: '1970-01-01T00:00:00Z', stop: '2262-04-11T23:47:16Z' } as const;

export function influxManagement(address: InfluxAddress): InfluxManagement {
  const { url, org, bucket, token } = address;
  const connection = influxConnection({ ...address, token: async () => token, queryTimeoutMs: TIMEOUT_MS });
  const client = (timeout: number): InfluxDB => new InfluxDB({ url, token, timeout });
  const buckets = new BucketsAPI(client(TIMEOUT_MS));

  // A token that may only write sees no organisation, so the name goes where it is taken, and the id is asked for here.
  const orgId = async (): Promise<string> => {
    const { orgs = [] } = await managed(connection, new OrgsAPI(client(TIMEOUT_MS)).getOrgs({ org }));
    const id = orgs[0]?.id;
    if (id !== undefined) return id;
    throw refused(
      `InfluxDB at ${url} shows this token no organisation '${org}'; check the name, or take a token with more rights`,
    );
  };
  const bucketId = async (name: string): Promise<string | undefined> => {
    // Asked for by its name, one that is not there is an error.
    const found = buckets.getBuckets({ name, org }).catch((error: unknown) => {
      if (Object(error).statusCode === 404) return { buckets: [] };
      throw error;
    });
    return (await managed(connection, found)).buckets?.[0]?.id;
  };

  return {
    version: () => versionAt(connection),
    fieldTypes: () => fieldTypes(connection),
    // Not SHOW MEASUREMENTS, which answers a token that may not read with an empty success.
    canRead: () =>
      checked(
        connection.request({
          path: `/query?${new URLSearchParams({ org, ...databaseOf(address), q: 'SHOW FIELD KEYS LIMIT 1' }).toString()}`,
          method: 'GET',
          timeoutMs: TIMEOUT_MS,
        }),
      ),
    // Nothing to write, and yet the right to is asked for.
    canWrite: () =>
      checked(
        connection.request({
          path: `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' }).toString()}`,
          method: 'POST',
          timeoutMs: TIMEOUT_MS,
        }),
      ),
    hasBucket: async (name) => (await bucketId(name)) !== undefined,
    createBucket: async (name, retentionSeconds = 0) => {
      const retentionRules = [{ type: 'expire' as const, everySeconds: retentionSeconds }];
      await managed(connection, buckets.postBuckets({ body: { orgID: await orgId(), name, retentionRules } }));
    },
    createToken: async (wish) =>
      createToken(
        connection,
        { ...wish, orgID: await orgId(), bucketID: await bucketId(wish.bucket ?? bucket) },
        new AuthorizationsAPI(client(TIMEOUT_MS)),
      ),
    deleteBattery: async (battery) => {
      const api = new DeleteAPI(client(DELETE_TIMEOUT_MS));
      for (const measurement of MEASUREMENTS) {
        const predicate = `_measurement="${measurement}" AND battery=${JSON.stringify(battery)}`;
        await managed(connection, api.postDelete({ org, bucket, body: { ...ALL_TIME, predicate } }));
      }
    },
    isEmpty: async () => {
      const [found = []] = await askSeries(connection, ['SELECT * FROM /.*/ LIMIT 1']);
      return found.length === 0;
    },
    deleteAll: async () => {
      const api = new DeleteAPI(client(DELETE_TIMEOUT_MS));
      await managed(connection, api.postDelete({ org, bucket, body: ALL_TIME }));
    },
  };
}

type Authorization = TokenWish & { readonly orgID: string; readonly bucketID: string | undefined };

async function createToken(connection: InfluxConnection, wish: Authorization, api: AuthorizationsAPI): Promise<string> {
  const { description, access, orgID, bucketID } = wish;
  if (bucketID === undefined)
    throw refused(`InfluxDB at ${connection.url} has no bucket '${wish.bucket ?? connection.bucket}'; make it first`);
  const actions = access === 'both' ? (['read', 'write'] as const) : ([access] as const);
  const permissions = actions.map((action) => ({
    action,
    resource: { type: 'buckets' as const, id: bucketID, orgID },
  }));
  const { authorizations = [] } = await managed(connection, api.getAuthorizations({ orgID }));
  const rightsOf = (list: readonly { action?: string; resource?: { id?: string | undefined } }[] = []): string =>
    list
      .map(({ action, resource }) => `${action} ${resource?.id}`)
      .sort()
      .join();
  const known = authorizations.find(
    (one) =>
      one.description === description &&
      rightsOf(one.permissions) === rightsOf(permissions) &&
      one.status !== 'inactive',
  );
  if (known?.token) return known.token;
  const made = await managed(connection, api.postAuthorizations({ body: { orgID, description, permissions } }));
  if (made.token) return made.token;
  throw refused(`InfluxDB at ${connection.url} made a token and did not tell it; make one there by hand`);
}

async function fieldTypes(connection: InfluxConnection): Promise<readonly FieldType[]> {
  const [measurements = []] = await askSeries(connection, ['SHOW FIELD KEYS']);
  return measurements.flatMap(({ name, rows }) =>
    rows.map(([field, type]) => ({ measurement: name, field: String(field), type: String(type) })),
  );
}

// The client tells no headers of an answer without a body.
async function versionAt({ url }: InfluxConnection): Promise<string> {
  try {
    const { headers } = await fetch(`${url.replace(/\/+$/, '')}/ping`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return headers.get('x-influxdb-version') ?? '';
  } catch (cause) {
    throw new AmphoraError(
      'store-unavailable',
      `InfluxDB at ${url} does not answer; check that it runs and its address`,
      { retry: true, cause },
    );
  }
}

async function checked(answer: ReturnType<InfluxConnection['request']>): Promise<Check> {
  const { status, words, body } = await answer;
  if (status >= 300) return { ok: false, status, words };
  const error = resultsIn(body)[0]?.error;
  return error === undefined ? { ok: true } : { ok: false, status: 404, words: error };
}

async function managed<T>(connection: InfluxConnection, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    const { statusCode, message = String(error) }: { statusCode?: number; message?: string } = {
      ...Object(error),
      message: String(Object(error).message),
    };
    if (statusCode === undefined)
      throw new AmphoraError('store-unavailable', `InfluxDB at ${connection.url} does not answer: ${message}`, {
        retry: true,
        cause: error,
      });
    throw refusalError(connection, { status: statusCode, words: message, isOwn: true });
  }
}

const refused = (message: string): AmphoraError => new AmphoraError('store-refused', message, { retry: false });
