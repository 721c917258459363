/** How every client of AWS is made here: bounded in time, and in the one region that was asked for. */
import { STSClient } from '@aws-sdk/client-sts';
import { asked } from './aws-problem.ts';

/** Of the settings that all clients of the AWS SDK take; `AWS_ENDPOINT_URL` they follow by themselves. */
export function clientOptions(region?: string) {
  // The SDK reads AWS_REGION and the profile's; the AWS CLI reads this one too, so people set it.
  const wanted = region ?? (process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION']);
  return {
    ...(wanted === undefined || wanted === '' ? {} : { region: wanted }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  } as const;
}

/** The region that is meant, or a sentence when none is: what was given, the environment's, the profile's. */
export async function homeRegion(given?: string): Promise<string> {
  // Of any client; it asks nothing.
  const client = new STSClient(clientOptions(given));
  try {
    return await asked('be asked', client.config.region());
  } finally {
    client.destroy();
  }
}
