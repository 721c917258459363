/** What `npm run accept:aws` hands to the tests: which stack, as whom, and what is this run's own. */
import { apiAddress } from '../../cloud/api-address.ts';
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import type { OwnStack } from '../../scripts/accept/own-stack.ts';

export type Run = DeployedStack & {
  /** Begins the ids of this run's batteries. */
  readonly prefix: string;
  /** Whether readings of the battery `default` may be sent. */
  readonly usesDefault: boolean;
  /** Of a stack that was made for this run. */
  readonly own?: OwnStack;
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
