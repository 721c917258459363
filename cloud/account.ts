/** Who asks AWS, and where: the credentials at hand, their account, and the region. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type Account = {
  readonly account: string;
  readonly region: string;
  /** Of the user or the role. */
  readonly arn: string;
  /** Where an emulator answers instead of AWS (AWS_ENDPOINT_URL). */
  readonly endpoint?: string;
};

/** Throws a sentence when there are no credentials that AWS takes, or no region. */
export async function account(region?: string): Promise<Account> {
  const sts = new STSClient(clientOptions(region));
  try {
    const where = await regionOf(sts);
    const identity = sts.send(new GetCallerIdentityCommand({}));
    const { Account: id = '', Arn: arn = '' } = await asked('say whose credentials these are', identity);
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    return { account: id, region: where, arn, ...(endpoint ? { endpoint } : {}) };
  } finally {
    sts.destroy();
  }
}

/** Where credentials are missing too, it says so at once: nobody likes to mend one after the other. */
async function regionOf({ config }: STSClient): Promise<string> {
  const [region] = await Promise.allSettled([asked('be asked', config.region())]);
  if (region.status === 'fulfilled') return region.value;
  const [credentials] = await Promise.allSettled([asked('be asked', config.credentials())]);
  if (credentials.status === 'fulfilled') throw region.reason;
  throw new AmphoraError('setting-invalid', `${sentenceOf(region.reason)}. And ${sentenceOf(credentials.reason)}`, {
    retry: false,
    cause: region.reason,
  });
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
