/** What whoever deploys is told before: what is missing, what is open, what it costs. */
import { Annotations, type Stack } from 'aws-cdk-lib';
import { databaseNotice, monthlyCost } from './monthly-cost.ts';
import type { Settings } from './settings.ts';

export function tellWhatToKnow(stack: Stack, settings: Settings): void {
  const { store, stage, database, signIn } = settings;
  const tell = Annotations.of(stack);
  if (stage === 'emulator')
    tell.addWarningV2(
      'amphora:stage-emulator',
      signIn === undefined
        ? 'STAGE EMULATOR: EVERY ROUTE IS OPEN TO WHOEVER REACHES IT, and the queues and the bucket take plain HTTP. Never deploy this to AWS.'
        : 'STAGE EMULATOR: the queues and the bucket take plain HTTP. Never deploy this to AWS.',
    );
  if (store === 'sqlite')
    tell.addWarningV2(
      'amphora:store-sqlite',
      'Store sqlite is for the local runtime: deployed, the functions have no disk that lasts, and store nothing.',
    );
  if (store === 'influxdb' && database === undefined)
    tell.addWarningV2(
      'amphora:no-database',
      'No database is set (-c influxUrl=…): deployed, the functions answer that the setting is missing, and messages end in a failure queue.',
    );
  if (store === 'sqlite' || stage === 'emulator') return;
  tell.addInfoV2('amphora:database', databaseNotice(settings));
  tell.addInfoV2('amphora:monthly-cost', monthlyCost(settings));
}
