/** The static page, as CloudFront will serve it: hashed assets for ever, everything else asked again, and the headers. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

export type Site = {
  /** False when there is no such file. */
  readonly serve: (path: string, response: ServerResponse) => Promise<boolean>;
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

export const SITE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** `config` stands in for the deploy's own config.json. */
export function openSite(folder: string, config: unknown): Site {
  return {
    serve: async (path, response) => {
      if (path === '/config.json') return send(response, path, Buffer.from(JSON.stringify(config)));
      const file = fileOf(path);
      if (file === undefined) return false;
      try {
        return send(response, file, await readFile(join(folder, file)));
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
  if (clean === '/docs' || clean === '/docs/') return '/docs/index.html';
  return extname(clean) in TYPES ? clean : undefined;
}

function send(response: ServerResponse, file: string, bytes: Buffer): true {
  response.writeHead(200, {
    ...SITE_HEADERS,
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': bytes.length,
    'cache-control': file.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(bytes);
  return true;
}
