/** How much is in a bucket, as far as one question tells. */
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { asked, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type BucketDepth = {
  readonly objects: number;
  /** There are more, which were not counted. */
  readonly isMore: boolean;
};

/** Undefined when there is no such bucket. The rights to list it are all that is asked for; no object is read. */
export async function bucketDepth(region: string, Bucket: string): Promise<BucketDepth | undefined> {
  // An emulator has no name for each bucket.
  const forcePathStyle = (process.env['AWS_ENDPOINT_URL'] ?? '') !== '';
  const s3 = new S3Client({ ...clientOptions(region), forcePathStyle });
  try {
    const question = s3.send(new ListObjectsV2Command({ Bucket }));
    const { Contents = [], IsTruncated = false } = await asked(`count what is in the bucket ${Bucket}`, question);
    return { objects: Contents.length, isMore: IsTruncated };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  } finally {
    s3.destroy();
  }
}
