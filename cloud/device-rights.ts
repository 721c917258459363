/** What AWS IoT would let a device do: its own judgement of the policies (TestAuthorization), without a connection. */
import { type AuthInfo, IoTClient, TestAuthorizationCommand } from '@aws-sdk/client-iot';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type Ask = {
  readonly action: 'CONNECT' | 'PUBLISH' | 'SUBSCRIBE' | 'RECEIVE';
  /** The client id, the topic, or the topic filter. */
  readonly on: string;
};

export type Device = {
  readonly account: string;
  readonly certificateId: string;
  readonly clientId: string;
};

export type Right = Ask & { readonly isAllowed: boolean };

// "Array Members: Maximum number of 10 items" (TestAuthorization).
const ASKS_AT_ONCE = 10;
const KIND = { CONNECT: 'client', PUBLISH: 'topic', SUBSCRIBE: 'topicfilter', RECEIVE: 'topic' } as const;

/** In the order of the asks. */
export async function deviceRights(region: string, device: Device, asks: readonly Ask[]): Promise<readonly Right[]> {
  const iot = new IoTClient(clientOptions(region));
  const partition = region.startsWith('cn-') ? 'aws-cn' : 'aws';
  const arn = (resource: string): string => `arn:${partition}:iot:${region}:${device.account}:${resource}`;
  try {
    const rights: Right[] = [];
    for (let from = 0; from < asks.length; from += ASKS_AT_ONCE) {
      const some = asks.slice(from, from + ASKS_AT_ONCE);
      const authInfos: AuthInfo[] = some.map(({ action, on }) => ({
        actionType: action,
        resources: [arn(`${KIND[action]}/${on}`)],
      }));
      const question = { principal: arn(`cert/${device.certificateId}`), clientId: device.clientId, authInfos };
      const answer = iot.send(new TestAuthorizationCommand(question));
      const { authResults = [] } = await asked('judge what the device may do', answer);
      rights.push(...some.map((ask, at) => ({ ...ask, isAllowed: authResults[at]?.authDecision === 'ALLOWED' })));
    }
    return rights;
  } finally {
    iot.destroy();
  }
}
