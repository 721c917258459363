/** The site's files out of their bucket in an emulator, which has no function that does it and deletes no full bucket. */
import { DeleteObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { asked, isNotFound } from '../../cloud/aws-problem.ts';
import { s3Of } from '../emulator/emulator-api.ts';

export async function emptyBucket(endpoint: string, bucket: string): Promise<void> {
  const s3 = s3Of(endpoint);
  const empty = async (): Promise<void> => {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket }))
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  };
  try {
    await asked(`empty the bucket ${bucket}`, empty());
  } catch (error) {
    // Gone already, with the first half of a deletion.
    if (!isNotFound(error)) throw error;
  } finally {
    s3.destroy();
  }
}
