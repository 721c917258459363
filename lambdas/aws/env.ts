/** The functions' environment, read here only. */
import { AmphoraError } from '../failures/amphora-error.ts';

/** Decided when the functions are bundled, so that a bundle holds one database adapter. */
export const STORE_KIND = process.env['AMPHORA_STORE'] === 'sqlite' ? 'sqlite' : 'influxdb';

export const env = {
  topicRoot: (): string => process.env['TOPIC_ROOT'] ?? 'battery',
  /** The queue that keeps what could not be stored. */
  failureQueueUrl: (): string => required('FAILURE_QUEUE_URL'),
  /** Of the SQLite adapter only. */
  sqliteFile: (): string | undefined => process.env['SQLITE_FILE'],
  /** Set by the local runtime, whose own client plays the battery `demo`. */
  demoClientId: (): string | undefined => process.env['DEMO_CLIENT_ID'],
};

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new AmphoraError('setting-invalid', `the environment variable ${name} is missing; deploy the stack again`, {
    retry: false,
  });
}
