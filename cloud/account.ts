/** Who asks AWS, and where: the credentials at hand, their account, and the region. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
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
    const what = 'say whose credentials these are';
    const where = await asked(what, sts.config.region());
    const { Account: id = '', Arn: arn = '' } = await asked(what, sts.send(new GetCallerIdentityCommand({})));
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    return { account: id, region: where, arn, ...(endpoint ? { endpoint } : {}) };
  } finally {
    sts.destroy();
  }
}
