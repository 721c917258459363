/** AWS gets what is safe on the internet, an emulator what it can carry: never the one for the other. */
import type { Account } from '../../cloud/account.ts';
import type { Settings } from '../../lib/settings.ts';
import { ACCOUNT } from '../emulator/cdklocal.ts';
import { refused } from '../refused.ts';

export function refuseWrongStage({ stage }: Pick<Settings, 'stage'>, { account, endpoint }: Account): void {
  if (stage === 'emulator' && (endpoint === undefined || account !== ACCOUNT))
    throw refused(
      `setting stage is emulator, whose routes are open, but account ${account} is one of AWS; leave -c stage=emulator out, or set AWS_ENDPOINT_URL to the emulator's address`,
    );
  if (stage === 'aws' && account === ACCOUNT)
    throw refused(
      `AWS_ENDPOINT_URL (${endpoint ?? 'not set'}) leads to an emulator, which cannot carry what AWS does; deploy into it with -c stage=emulator or npm run deploy:local`,
    );
}
