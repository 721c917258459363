/** MQTT from other machines: a user and a password, in place of the HTTP token, which devices need not know. */
import type { MqttRights } from '../mqtt-rights.ts';
import { isSame } from './secret.ts';
import type { SlowDown } from './slow-down.ts';

export const BROKER_USER = 'amphora';

/** `address`: of who connects. */
export function passwordRights(password: string, slow: SlowDown, address: string): MqttRights {
  return {
    connect: async ({ username, password: given }) => {
      const isRight = isSame(given ?? '', password);
      if (username === BROKER_USER && isRight) return undefined;
      if (given !== undefined && !slow.mayTry(address))
        return { code: 'wrong-password', reason: 'too many wrong passwords of this address at once' };
      if (given !== undefined) await slow.pause(address);
      const reason =
        username === undefined
          ? `from other machines the broker wants the user ${BROKER_USER} and the password of this data folder`
          : `wrong user or password; the user is ${BROKER_USER}, the password stands in the data folder`;
      return { code: 'wrong-password', reason };
    },
    publish: () => undefined,
    subscribe: () => undefined,
    receive: () => true,
  };
}
