/**
 * What the functions leave out of their packages: paths that cannot be taken in a function, and parts of Node that the first
 * invocation does not need. docs/cold-start.md has the measurements. A package's new version may call these things
 * otherwise: then the build fails, and says which of them it did not find.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** A module by the end of its path, and what stands in its place. */
type Replacement = { readonly path: RegExp; readonly contents: string };

const REPLACEMENTS: readonly Replacement[] = [
  {
    // A function has its credentials in its environment; the SDK's search for them elsewhere is 120 kB.
    path: /credential-provider-node[\\/]dist-es[\\/]index\.js$/,
    contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  },
  {
    // Settings too: the SDK would look for each of eight in two files that no function has.
    path: /config[\\/]node-config-provider[\\/]configLoader\.js$/,
    contents: `
      export const loadConfig = ({ environmentVariableSelector: select, default: otherwise }, { signingName, logger } = {}) => {
        let found;
        const find = async () => {
          let value;
          // What the environment says wrongly it does not say, as in the original.
          try { value = select(process.env, { signingName, logger }); } catch {}
          return value ?? (typeof otherwise === 'function' ? otherwise() : otherwise);
        };
        return () => (found ??= find());
      };`,
  },
  {
    // AWS_REGION is always set.
    path: /regionConfig[\\/]getInstanceMetadataRegion\.js$/,
    contents: 'export const getInstanceMetadataRegion = async () => undefined;',
  },
  {
    // The client's own words about itself, escaped and joined for every request, are read by nobody.
    path: /middleware-user-agent[\\/]user-agent-middleware\.js$/,
    contents: `
      export const getUserAgentPlugin = () => ({ applyToStack: () => {} });
      export const [userAgentMiddleware, getUserAgentMiddlewareOptions] = [];`,
  },
  {
    // What signs is the same key all day. Of bytes Node finds out by an error that they are no key yet, for each signature:
    // 25 µs, and 4 with one that it knows.
    path: /sha256[\\/]Sha256Node\.js$/,
    contents: `
      import { createHash, createHmac, createSecretKey } from 'node:crypto';
      const known = new WeakMap();
      const keyOf = (secret) => {
        if (typeof secret === 'string') return secret;
        if (!known.has(secret)) known.set(secret, createSecretKey(secret));
        return known.get(secret);
      };
      export class Sha256Node {
        digestLength = 32;
        constructor(secret) {
          this.secret = secret;
          this.reset();
        }
        reset() {
          this.hash = this.secret ? createHmac('sha256', keyOf(this.secret)) : createHash('sha256');
        }
        update(data) {
          this.hash.update(data);
        }
        async digest() {
          return this.hash.digest();
        }
      }`,
  },
  {
    // For a Node without crypto.
    path: /sha256[\\/]Sha256Js\.js$/,
    contents: 'export const Sha256Js = undefined;',
  },
  {
    // To ask whether something is a stream of the web loads those streams; none is ever sent or received here.
    path: /util-stream[\\/]stream-type-check\.js$/,
    contents: 'export const isReadableStream = () => false; export const isBlob = () => false;',
  },
  {
    path: /isStreamingPayload[\\/]isStreamingPayload\.js$/,
    contents:
      "import { Readable } from 'node:stream'; export const isStreamingPayload = ({ body } = {}) => body instanceof Readable;",
  },
  {
    // The same of the global `crypto`, which is all of WebCrypto.
    path: /serde[\\/]uuid[\\/]v4\.js$/,
    contents: "import { randomUUID } from 'node:crypto'; export const bindV4 = () => () => randomUUID();",
  },
  {
    // No request here has a stream of events in it.
    path: /submodules[\\/]event-streams[\\/]index\.js$/,
    contents: 'export {};',
  },
  {
    path: /signature-v4[\\/]dist-es[\\/]HeaderFormatter\.js$/,
    contents: 'export class HeaderFormatter {}',
  },
];

/** Modules that stand in the place of others. */
export const withoutUnreachable: Plugin = {
  name: 'without-unreachable',
  setup(build) {
    const missed = new Set(REPLACEMENTS);
    for (const replacement of REPLACEMENTS) {
      build.onLoad({ filter: replacement.path }, ({ path }) => {
        missed.delete(replacement);
        return { contents: replacement.contents, resolveDir: path.replace(/[\\/][^\\/]*$/, '') };
      });
    }
    build.onEnd(() => ({
      errors: [...missed].map(({ path }) => ({ text: `no module of the functions is ${path.source} any more` })),
    }));
  },
};

// Of the InfluxDB client's class only the transport is used. Its own writer (which loses data: the adapter says how) and its
// reader of CSV are 10 of 29 kB, and hang on these two methods.
export const influxTransport: Plugin = {
  name: 'influx-transport',
  setup(build) {
    build.onLoad({ filter: /influxdb-client[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const parts = (await readFile(path, 'utf8')).split(/get(?:Write|Query)Api\([^)]*\)\{return new [^}]*\}/);
      if (parts.length === 3) return { contents: parts.join('') };
      return {
        errors: [{ text: 'the InfluxDB client is another one: see what its getWriteApi and getQueryApi look like' }],
      };
    });
  },
};

// Loading one of Node's own modules does nothing by itself: who does not use it need not load it.
export const unusedBuiltins: Plugin = {
  name: 'unused-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

/** What is used of modules that the first invocation does not need: each is loaded by the first call of one of these. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  zlib: ['gzip', 'createGunzip'],
  'fs/promises': ['mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm'],
};
// zlib's, which stands in options that are made at once.
const CONSTANTS = 'export const constants = { Z_SYNC_FLUSH: 2 };';

export const builtinsLater: Plugin = {
  name: 'builtins-later',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(zlib|fs\/promises)$/ }, ({ path, namespace }) =>
      namespace === 'later' ? { path, external: true } : { path: path.replace(/^node:/, ''), namespace: 'later' },
    );
    build.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => {
      const names = LATER[path] ?? [];
      const functions = names.map(
        (name) => `export const ${name} = (...args) => require('node:${path}').${name}(...args);`,
      );
      const all = path === 'zlib' ? [...names, 'constants'] : names;
      return {
        contents: [...functions, ...(path === 'zlib' ? [CONSTANTS] : []), `export default { ${all.join(', ')} };`].join(
          '\n',
        ),
      };
    });
  },
};
