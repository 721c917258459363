/**
 * What a device may do by its certificate, as AWS IoT judges: the certificate is registered and active, and the policies
 * attached to it, from the synthesized template, allow the action to this client id. (AWS: "AWS IoT Core policies".)
 */
import type { TLSSocket } from 'node:tls';
import { messageOf } from '../../lambdas/aws/log.ts';
import type { LocalCertificate, LocalDevices } from '../devices/device-database.ts';
import { certificateIdOf } from '../devices/device-database.ts';
import type { Caller, ConnectFacts } from '../iot-policy/caller.ts';
import { type Action, type Judge, judgeOf, type Question } from '../iot-policy/evaluate.ts';
import type { Policy } from '../iot-policy/policy.ts';
import type { LocalLog } from '../local-log.ts';
import type { MqttConnect, MqttMessage, MqttRights } from '../mqtt-rights.ts';
import { certificateNames, certificateProblem } from './peer-certificate.ts';

export type DeviceRights = {
  readonly rightsOf: (socket: TLSSocket) => MqttRights;
  /** Whether a thing of this name is registered. */
  readonly isDevice: (clientId: string) => boolean;
  readonly close: () => void;
};

export type DeviceRightsOptions = {
  readonly devices: Pick<LocalDevices, 'certificate' | 'things' | 'version'>;
  readonly policies: readonly Policy[];
  /** In front of `topic/…`: `arn:aws:iot:<region>:<account>:`. */
  readonly arnPrefix: string;
  readonly log: LocalLog;
};

/** A connection that is let in. `thingName` is told when its certificate is not there any more to tell it. */
type Admitted = {
  readonly thingName: string;
  readonly judgeAgain: () => string | undefined;
  readonly end: AbortController;
};

// The registry is a file that another process changes. AWS takes minutes to end such connections ("UpdateCertificate").
const LOOK_EVERY_MS = 500;

export function deviceRights({ devices, policies, arnPrefix, log }: DeviceRightsOptions): DeviceRights {
  const policyByName = new Map(policies.map((policy) => [policy.name, policy]));
  const admitted = new Set<Admitted>();
  let version = devices.version();
  let isReadable = true;

  const look = setInterval(() => {
    try {
      const now = devices.version();
      isReadable = true;
      if (now === version) return;
      version = now;
      for (const one of admitted) {
        const problem = one.judgeAgain();
        if (problem !== undefined) one.end.abort(new Error(`battery ${one.thingName}: ${problem}`));
      }
    } catch (error) {
      // Who is in stays in; nobody new gets in, for that asks the same file.
      if (isReadable) log.warn('device-registry-unreadable', { reason: messageOf(error) });
      isReadable = false;
    }
  }, LOOK_EVERY_MS);
  look.unref();

  function callerOf(clientId: string, { certificateId, thingName }: LocalCertificate, socket: TLSSocket): Caller {
    return {
      clientId,
      certificate: { id: certificateId, names: certificateNames(socket.getPeerCertificate()) },
      // AWS ("Thing policy variables"): the thing is that of the client id, and only with its certificate attached.
      ...(thingName === clientId ? { thing: { name: thingName, attributes: attributesOf(thingName) } } : {}),
    };
  }

  function attributesOf(thingName: string): Readonly<Record<string, string>> {
    const thing = devices.things().find(({ name }) => name === thingName);
    return thing === undefined ? {} : { amphoraStack: thing.stackName };
  }

  function rightsOf(socket: TLSSocket): MqttRights {
    const end = new AbortController();
    let judge: Judge | undefined;
    const problem = certificateProblem(socket);
    const certificateId = problem === undefined ? certificateIdOf(socket.getPeerCertificate().raw) : '';

    /** Undefined, and `judge` is that of the registry as it is now; or why the certificate is good for nothing. */
    function judgeBy(clientId: string): string | undefined {
      judge = undefined;
      const certificate = devices.certificate(certificateId);
      if (certificate === undefined) return 'its certificate is not registered here, or is no longer';
      if (!certificate.isActive) return 'its certificate was switched off';
      const named = certificate.policyNames.flatMap((name) => policyByName.get(name) ?? []);
      if (named.length === 0) {
        const names = certificate.policyNames.length === 0 ? 'it has none' : certificate.policyNames.join(', ');
        return `none of its policies is one of this stack (${names}); ./amphora remove-battery and add-battery mend that`;
      }
      judge = judgeOf(named, callerOf(clientId, certificate, socket));
      return undefined;
    }

    const denial = (action: Action, resource: string, connect?: ConnectFacts): string | undefined => {
      const question: Question = { action, resource: `${arnPrefix}${resource}`, ...(connect && { connect }) };
      const verdict = judge?.(question) ?? 'IMPLICIT_DENY';
      return verdict === 'ALLOWED' ? undefined : `its policies do not allow ${action} on ${resource}`;
    };
    const publish = ({ topic, retain }: MqttMessage): string | undefined =>
      denial('iot:Publish', `topic/${topic}`) ?? (retain ? denial('iot:RetainPublish', `topic/${topic}`) : undefined);

    const connectDenial = (connect: MqttConnect): string | undefined =>
      denial('iot:Connect', `client/${connect.clientId}`, connectFacts(connect, arnPrefix));

    function connectProblem(connect: MqttConnect): string | undefined {
      const { clientId, will } = connect;
      const refusal = problem ?? judgeBy(clientId);
      if (refusal !== undefined) return refusal;
      const denied = connectDenial(connect);
      if (denied !== undefined) return `${denied}${ownName(clientId)}`;
      const willDenied = will === undefined ? undefined : publish(will);
      return willDenied === undefined ? undefined : `the will: ${willDenied}`;
    }

    function ownName(clientId: string): string {
      const thingName = devices.certificate(certificateId)?.thingName;
      return thingName === undefined || thingName === clientId
        ? ''
        : `; its certificate is that of battery ${thingName}, and the client id must be that`;
    }

    return {
      connect: async (connect) => {
        const reason = connectProblem(connect);
        if (reason !== undefined) return { code: 'not-authorized', reason };
        const { clientId } = connect;
        const judgeAgain = (): string | undefined => judgeBy(clientId) ?? connectDenial(connect);
        const one: Admitted = { thingName: clientId, judgeAgain, end };
        admitted.add(one);
        socket.once('close', () => admitted.delete(one));
        return undefined;
      },
      publish,
      subscribe: (filter) => denial('iot:Subscribe', `topicfilter/${filter}`),
      receive: (topic) => denial('iot:Receive', `topic/${topic}`) === undefined,
      ended: end.signal,
    };
  }

  return {
    rightsOf,
    isDevice: (clientId) => devices.things().some(({ name }) => name === clientId),
    close: () => clearInterval(look),
  };
}

function connectFacts({ isClean, will }: MqttConnect, arnPrefix: string): ConnectFacts {
  const lastWill = will === undefined ? {} : { lastWillTopic: `${arnPrefix}topic/${will.topic}` };
  const attributes = [
    ...(isClean ? [] : (['PersistentConnect'] as const)),
    ...(will === undefined ? [] : (['LastWill'] as const)),
  ];
  return { attributes, ...lastWill };
}
