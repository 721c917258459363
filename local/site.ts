/** The static page, as CloudFront will serve it: hashed assets for ever, everything else asked again, and the headers. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { CONFIG_FILE, SITE_HEADERS, SITE_TYPES, siteFile } from '../lib/site-files.ts';
import { heededHeaders } from './access/heeded-headers.ts';

export type Site = {
  /** False when there is no such file. */
  readonly serve: (path: string, response: ServerResponse) => Promise<boolean>;
};

/** `config` stands in for the deploy's own config.json. */
export function openSite(folder: string, config: unknown): Site {
  return {
    serve: async (path, response) => {
      if (path === `/${CONFIG_FILE}`) return send(response, path, Buffer.from(JSON.stringify(config)));
      if (path === '/docs/') return redirect(response, '/docs');
      const file = fileOf(path);
      if (file === undefined) return false;
      try {
        return await send(response, file, await readFile(join(folder, file)));
      } catch {
        return false;
      }
    },
  };
}

function fileOf(path: string): string | undefined {
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return undefined;
  const clean = normalize(path);
  if (clean !== path && `${clean}/` !== path) return undefined;
  if (clean === '/') return '/index.html';
  if (clean === '/docs') return '/docs.html';
  return extname(clean) in SITE_TYPES ? clean : undefined;
}

// One level deeper the page's relative addresses would lead nowhere.
function redirect(response: ServerResponse, location: string): true {
  response.writeHead(308, {
    ...heededHeaders(SITE_HEADERS, response.req),
    location,
    'content-length': 0,
    'cache-control': 'no-cache',
  });
  response.end();
  return true;
}

async function send(response: ServerResponse, file: string, bytes: Buffer): Promise<true> {
  const { contentType, cacheControl } = siteFile(file.slice(1));
  const isZipped = bytes.length >= LEAST_BYTES && /\bgzip\b/.test(String(response.req.headers['accept-encoding']));
  const body = isZipped ? await zipped(bytes) : bytes;
  response.writeHead(200, {
    ...heededHeaders(SITE_HEADERS, response.req),
    'content-type': contentType,
    'content-length': body.length,
    'cache-control': cacheControl,
    vary: 'accept-encoding',
    ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
  return true;
}

// As CloudFront does: a phone, or a browser at the other end of a tunnel, waits a third as long for the script.
const LEAST_BYTES = 1_000;

async function zipped(bytes: Buffer): Promise<Buffer> {
  // Loaded by who is asked for a page: a start need not wait for it.
  const { gzip } = await import('node:zlib');
  return promisify(gzip)(bytes);
}
