/** The API's description (OpenAPI 3.1), from the route table: what /swagger.json answers and the page /docs shows. */
import type { Answer, Operation } from './operation-words.ts';
import { OPERATIONS } from './operations.ts';
import { ROUTES, type Route } from './routes.ts';
import { ref, type Schema } from './schema-words.ts';
import { SCHEMAS } from './schemas.ts';

export type DescribedOperation = Operation & {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
};

export type ApiDescription = {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
};

export function openapi(version: string): ApiDescription {
  // Every route has its operation: the type of OPERATIONS sees to it.
  const operations: Readonly<Record<string, Operation>> = OPERATIONS;
  const paths: Record<string, Record<string, DescribedOperation>> = {};
  for (const route of ROUTES) {
    const operation = described(route, operations[`${route.method} ${route.path}`]);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Amphora', version, description: 'Battery readings in, the newest ones and ranges of them out.' },
    // Beside this document, wherever that lies: at the root locally, below /api behind the deployed page.
    servers: [{ url: './' }],
    paths,
    components: { schemas: SCHEMAS, securitySchemes: { signIn: SIGN_IN } },
  };
}

// The addresses of the user pool are each stack's own and in the page's config.json; of `http` OpenAPI 3.1 takes the scopes all
// the same, as the roles that a token must have.
const SIGN_IN = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    "An access token of the stack's user pool, by ./amphora token for a terminal. A local runtime asks for one with --auth; with --host, in its place, for the token in the file access-token of its data folder, on every route but GET /health; else for none.",
};

function described(route: Route, operation: Operation = { responses: {} }): DescribedOperation {
  const name = `${route.method.toLowerCase()}${route.path}`;
  return {
    operationId: name.replaceAll(/\W+(\w?)/g, (_, first: string) => first.toUpperCase()),
    summary: route.summary,
    security: route.access === 'public' ? [] : [{ signIn: [route.access] }],
    ...operation,
    responses: { ...operation.responses, ...(route.access === 'public' ? {} : NO_ACCESS), '429': TOO_MANY },
  };
}

const message = { 'application/json': { schema: ref('Message') } };
const NO_ACCESS: Readonly<Record<string, Answer>> = {
  '401': {
    description: 'No token, or one that is not good (any more)',
    headers: { 'WWW-Authenticate': { description: 'Bearer, and what is wrong', schema: { type: 'string' } } },
    content: message,
  },
  '403': { description: 'The token has not the scope', content: message },
};
const TOO_MANY: Answer = { description: 'More requests than this stack takes a second', content: message };
