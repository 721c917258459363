/** The one route table. The stack's routes, the API description and the 405s come from it; it imports nothing. */

export type FunctionName =
  | 'ingest'
  | 'direct-write'
  | 'livedata'
  | 'read'
  | 'audit'
  | 'health'
  | 'session'
  | 'quarantine'
  | 'redrive'
  | 'status'
  | 'fallback'
  | 'writer';

/** What a signed-in caller's token must allow: the user pool's resource server is `battery`, its scopes `read` and `write`. */
export type Scope = 'battery/read' | 'battery/write';

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As API Gateway writes it: `/batteries/{id}/telemetry`. */
  readonly path: string;
  readonly function: FunctionName;
  /** The one place where a route's right is decided. Public routes have no authorizer; every other one wants this scope. */
  readonly access: 'public' | Scope;
  readonly summary: string;
};

export const ROUTES = [
  {
    method: 'POST',
    path: '/charge',
    function: 'ingest',
    access: 'battery/write',
    summary: 'Publish a charge power of the default battery',
  },
  {
    method: 'POST',
    path: '/discharge',
    function: 'ingest',
    access: 'battery/write',
    summary: 'Publish a discharge power of the default battery',
  },
  {
    method: 'POST',
    path: '/batteries/{id}/telemetry',
    function: 'ingest',
    access: 'battery/write',
    summary: 'Publish samples of one battery',
  },
  {
    method: 'POST',
    path: '/writeCharge',
    function: 'direct-write',
    access: 'battery/write',
    summary: 'Store a charge power of the default battery, past the topic',
  },
  {
    method: 'POST',
    path: '/writeDischarge',
    function: 'direct-write',
    access: 'battery/write',
    summary: 'Store a discharge power of the default battery, past the topic',
  },
  {
    method: 'GET',
    path: '/livedata',
    function: 'livedata',
    access: 'battery/read',
    summary: 'The newest values, with their age',
  },
  { method: 'GET', path: '/read', function: 'read', access: 'battery/read', summary: 'Stored readings of a range' },
  {
    method: 'GET',
    path: '/batteries',
    function: 'read',
    access: 'battery/read',
    summary: 'The batteries known, with the time last seen',
  },
  {
    method: 'GET',
    path: '/audit',
    function: 'audit',
    access: 'battery/read',
    summary: "Whether a device's samples are all stored, and once: by seq within boot",
  },
  {
    method: 'GET',
    path: '/quarantine',
    function: 'quarantine',
    access: 'battery/read',
    summary: 'What could not be stored, the newest first',
  },
  {
    method: 'GET',
    path: '/quarantine/{id}',
    function: 'quarantine',
    access: 'battery/read',
    summary: 'One message that could not be stored, with its original bytes',
  },
  {
    method: 'POST',
    path: '/quarantine/{id}/replay',
    function: 'quarantine',
    access: 'battery/write',
    summary: 'Try to store it again; it leaves the quarantine when all of it is stored',
  },
  {
    method: 'DELETE',
    path: '/quarantine/{id}',
    function: 'quarantine',
    access: 'battery/write',
    summary: 'Delete it from the quarantine, for good',
  },
  {
    method: 'GET',
    path: '/redrive',
    function: 'redrive',
    access: 'battery/read',
    summary: 'How many messages wait in the failure queues',
  },
  {
    method: 'POST',
    path: '/redrive',
    function: 'redrive',
    access: 'battery/write',
    summary: 'Store what waits in the failure queues, for some seconds; more says whether to ask again',
  },
  {
    method: 'GET',
    path: '/status',
    function: 'status',
    access: 'battery/read',
    summary: 'How it goes: what is stored, waits, failed and is in quarantine, and whether the database answers',
  },
  { method: 'GET', path: '/health', function: 'health', access: 'public', summary: 'Whether the API answers' },
  {
    method: 'POST',
    path: '/session',
    function: 'session',
    access: 'public',
    summary: "Sign the page in with the sign-in page's code",
  },
  {
    method: 'POST',
    path: '/session/refresh',
    function: 'session',
    access: 'public',
    summary: "A new access token for the page, by the session's cookie",
  },
  {
    method: 'DELETE',
    path: '/session',
    function: 'session',
    access: 'public',
    summary: "Sign the page out: the session's refresh token is revoked",
  },
  { method: 'GET', path: '/swagger.json', function: 'fallback', access: 'public', summary: 'This description' },
] as const satisfies readonly Route[];

/** The methods that the table has for a concrete path, in the table's order; empty for an unknown path. */
export function methodsOf(path: string): readonly Route['method'][] {
  return ROUTES.filter((route) => matches(route.path, path)).map((route) => route.method);
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith('{') ? given[i] !== '' : part === given[i]))
  );
}
