/** The built site and its config.json into a bucket of the emulator. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CONFIG_FILE, type SiteFile, siteFile, siteFiles } from '../../lib/site-files.ts';
import { asked, s3Of } from './emulator-api.ts';

export type Upload = {
  readonly endpoint: string;
  readonly bucket: string;
  /** Where the site was built. */
  readonly folder: string;
  /** What config.json says. */
  readonly config: Readonly<Record<string, unknown>>;
};

export async function uploadSite({ endpoint, bucket, folder, config }: Upload): Promise<void> {
  const s3 = s3Of(endpoint);
  const put = async ({ path, contentType, cacheControl }: SiteFile, bytes: Uint8Array): Promise<void> => {
    const headers = { ContentType: contentType, CacheControl: cacheControl };
    const command = new PutObjectCommand({ Bucket: bucket, Key: path, Body: bytes, ...headers });
    await asked(endpoint, `take ${path} into the bucket ${bucket}`, s3.send(command));
  };
  await put(siteFile(CONFIG_FILE), Buffer.from(JSON.stringify(config)));
  for (const file of await siteFiles(folder)) await put(file, await readFile(join(folder, file.path)));
  s3.destroy();
}
