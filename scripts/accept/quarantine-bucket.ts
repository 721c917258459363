/** The bucket of what a stack could not store, as its owner sees it. */
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';

export type QuarantineBucket = {
  /** Each record's JSON, in no order. */
  readonly records: () => Promise<readonly string[]>;
  readonly empty: () => Promise<void>;
  readonly close: () => void;
};

export function quarantineBucket(region: string, Bucket: string): QuarantineBucket {
  // An emulator has no name for each bucket.
  const forcePathStyle = (process.env['AWS_ENDPOINT_URL'] ?? '') !== '';
  const s3 = new S3Client({ ...clientOptions(region), forcePathStyle });
  const keys = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const command = new ListObjectsV2Command({
        Bucket,
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      });
      const { Contents = [], NextContinuationToken } = await asked('list a bucket', s3.send(command));
      found.push(...Contents.flatMap(({ Key }) => Key ?? []));
      if (NextContinuationToken === undefined) return found;
      ContinuationToken = NextContinuationToken;
    }
  };
  // A few at once: what an emulator takes.
  const forEach = async <T>(work: (Key: string) => Promise<T>): Promise<readonly T[]> => {
    const results: T[] = [];
    const all = await keys();
    for (let i = 0; i < all.length; i += AT_ONCE)
      results.push(...(await Promise.all(all.slice(i, i + AT_ONCE).map(work))));
    return results;
  };
  return {
    records: () =>
      forEach(async (Key) => {
        const { Body } = await asked('read an object', s3.send(new GetObjectCommand({ Bucket, Key })));
        return (await Body?.transformToString()) ?? '';
      }),
    empty: async () => {
      await forEach((Key) => asked('delete an object', s3.send(new DeleteObjectCommand({ Bucket, Key }))));
    },
    close: () => s3.destroy(),
  };
}

const AT_ONCE = 8;
