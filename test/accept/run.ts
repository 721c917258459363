/** What `npm run accept:aws` hands to the tests: which stack, as whom, and what is this run's own. */
import { apiAddress } from '../../cloud/api-address.ts';

export type Run = {
  readonly stackName: string;
  readonly region: string;
  readonly partition: string;
  readonly account: string;
  readonly status: string;
  /** Of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Begins the ids of this run's batteries. */
  readonly prefix: string;
  /** Whether readings of the battery `default` may be sent. */
  readonly usesDefault: boolean;
};

/** Absent where the stack wants no sign-in. */
export const ACCESS_TOKEN = process.env['AMPHORA_TOKEN'] ?? '';

/** Whether it is an emulator that plays AWS. */
export const IS_EMULATOR = (process.env['AWS_ENDPOINT_URL'] ?? '') !== '';

export const RUN: Run = runOf(process.env['AMPHORA_ACCEPT']);

export const API_URL = apiAddress(RUN.outputs['ApiUrl'] ?? '');

export const hasSignIn = RUN.outputs['UserPoolId'] !== undefined;

/** A battery of this run. */
export const own = (name: string): string => `${RUN.prefix}${name}`;

export const topicRoot = RUN.outputs['TopicRoot'] ?? 'battery';

function runOf(text: string | undefined): Run {
  if (text === undefined) throw new Error('these tests are for a deployed stack: npm run accept:aws -- --stack NAME');
  return JSON.parse(text);
}
