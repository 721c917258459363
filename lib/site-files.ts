/** The built site as the list of what a server or a bucket holds of it, each file with the headers that it is served with. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';

export type SiteFile = {
  /** Its path below the site's root, without a leading slash. */
  readonly path: string;
  readonly contentType: string;
  readonly cacheControl: string;
};

export const SITE_TYPES: Readonly<Record<string, string>> = {
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

/** What every answer of the site carries: nothing from elsewhere runs, no page frames it, no address leaks. */
export const SITE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Where the API is; not built but written by whoever puts the site somewhere. */
export const CONFIG_FILE = 'config.json';

export function siteFile(path: string): SiteFile {
  return {
    path,
    contentType: SITE_TYPES[extname(path)] ?? 'application/octet-stream',
    // The assets have a hash of their content in their names; everything else is asked for again.
    cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/** In the order to put them: what a page names is there before the page, whenever it stops. `config.json` is not built. */
export async function siteFiles(folder: string): Promise<readonly SiteFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  const pagesLast = (path: string): number => (path.endsWith('.html') ? 1 : 0);
  return paths.sort((a, b) => pagesLast(a) - pagesLast(b) || (a < b ? -1 : 1)).map(siteFile);
}
