/** What AWS IoT would let a device do: its own judgement of the policies (TestAuthorization), without a connection. */
import { type AuthInfo, IoTClient, TestAuthorizationCommand } from '@aws-sdk/client-iot';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { DeployedStack } from './deployed-stack.ts';

export type Attempt = {
  readonly action: 'CONNECT' | 'PUBLISH' | 'SUBSCRIBE' | 'RECEIVE';
  /** The client id, the topic, or the topic filter. */
  readonly on: string;
};

export type Attempter = {
  readonly certificateId: string;
  readonly clientId: string;
};

export type Judged = Attempt & { readonly isAllowed: boolean };

// "Array Members: Maximum number of 10 items" (TestAuthorization).
const ATTEMPTS_AT_ONCE = 10;
const KIND = { CONNECT: 'client', PUBLISH: 'topic', SUBSCRIBE: 'topicfilter', RECEIVE: 'topic' } as const;

/** In the order of the attempts. */
export async function judgedByIot(
  { region, account, partition }: Pick<DeployedStack, 'region' | 'account' | 'partition'>,
  { certificateId, clientId }: Attempter,
  attempts: readonly Attempt[],
): Promise<readonly Judged[]> {
  const iot = new IoTClient(clientOptions(region));
  const arn = (resource: string): string => `arn:${partition}:iot:${region}:${account}:${resource}`;
  try {
    const judged: Judged[] = [];
    for (let from = 0; from < attempts.length; from += ATTEMPTS_AT_ONCE) {
      const some = attempts.slice(from, from + ATTEMPTS_AT_ONCE);
      const authInfos: AuthInfo[] = some.map(({ action, on }) => ({
        actionType: action,
        resources: [arn(`${KIND[action]}/${on}`)],
      }));
      const question = { principal: arn(`cert/${certificateId}`), clientId, authInfos };
      const answer = iot.send(new TestAuthorizationCommand(question));
      const { authResults = [] } = await asked('judge what the device may do', answer);
      judged.push(
        ...some.map((attempt, at) => ({ ...attempt, isAllowed: authResults[at]?.authDecision === 'ALLOWED' })),
      );
    }
    return judged;
  } finally {
    iot.destroy();
  }
}
