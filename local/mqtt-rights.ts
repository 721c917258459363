/** What one connection may do with the broker. Where a text is given, it is why not. */
import type { Buffer } from 'node:buffer';

export type MqttRights = {
  readonly connect: (connect: MqttConnect) => Promise<ConnectRefusal | undefined>;
  /** Not asked again for the will that `connect` has let pass. */
  readonly publish: (message: MqttMessage) => string | undefined;
  readonly subscribe: (filter: string) => string | undefined;
  readonly receive: (topic: string) => boolean;
  /** Aborts, with an error as its reason, when the connection has to end. */
  readonly ended?: AbortSignal;
};

export type MqttMessage = { readonly topic: string; readonly retain: boolean };

export type MqttConnect = {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  /** False: the session outlives the connection. */
  readonly isClean: boolean;
  readonly will: MqttMessage | undefined;
};

/** The CONNACK's own words: [MQTT 3.1.1, table 3.1]. */
export type ConnectRefusal = { readonly code: 'wrong-password' | 'not-authorized'; readonly reason: string };

const ANYTHING: MqttRights = {
  connect: async () => undefined,
  publish: () => undefined,
  subscribe: () => undefined,
  receive: () => true,
};

/** What all of them allow; of none: everything. */
export function allOf(rights: readonly MqttRights[]): MqttRights {
  if (rights.length === 0) return ANYTHING;
  return {
    connect: async (connect) => {
      for (const one of rights) {
        const refusal = await one.connect(connect);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    },
    publish: (message) => firstOf(rights, (one) => one.publish(message)),
    subscribe: (filter) => firstOf(rights, (one) => one.subscribe(filter)),
    receive: (topic) => rights.every((one) => one.receive(topic)),
  };
}

/**
 * Without a certificate, where devices have them: listening only, and by no device's name, because a second client of one
 * name ends the first.
 */
export function listenerRights(isDevice: (clientId: string) => boolean): MqttRights {
  const publish = (): string =>
    'only devices publish here (--device-auth): over TLS, with the certificate that ./amphora add-battery makes';
  return {
    ...ANYTHING,
    publish,
    connect: async ({ clientId, will }) => {
      if (will !== undefined) return { code: 'not-authorized', reason: `the will: ${publish()}` };
      if (!isDevice(clientId)) return undefined;
      const reason = `the client id '${clientId}' is a registered battery's, which connects over TLS with its certificate`;
      return { code: 'not-authorized', reason };
    },
  };
}

function firstOf<T>(list: readonly T[], problemOf: (one: T) => string | undefined): string | undefined {
  for (const one of list) {
    const problem = problemOf(one);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
