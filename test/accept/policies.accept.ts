/** Hostile and good pairs of client and topic, judged by AWS IoT itself with the stack's policies (iot:TestAuthorization). */
import { readFileSync } from 'node:fs';
import { AttachPolicyCommand, IoTClient } from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsErrorName } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import { createCertificate, discard, type IotCertificate } from '../../cloud/iot-certificates.ts';
import { type Attempt, judgedByIot } from '../../cloud/iot-judgement.ts';
import { certificateRequestPem, newKeyPair, publicKeyPem } from '../../local/devices/key-pair.ts';
import { IS_EMULATOR, own, RUN, topicRoot } from './run.ts';
import { runDevice } from './run-device.ts';

type Pair = {
  readonly clientId: string;
  /** null: the certificate is attached to none. */
  readonly thing: string | null;
  readonly action: Attempt['action'];
  readonly topic: string;
  /** Whether the policy of the demo's topics is attached too. */
  readonly demoTopics?: boolean;
  readonly expect: 'ALLOWED' | 'DENIED';
};

const pairs: readonly Pair[] = JSON.parse(
  readFileSync(new URL('../golden/device-pairs.json', import.meta.url), 'utf8'),
);

// A name of 64 characters has no room for what makes it this run's.
const tested = pairs.filter(({ thing }) => thing === null || thing.length < 40);
// What AWS may refuse as no name at all, instead of judging it: wildcards and variables of policies in a name, control
// characters and blanks. Of any other name an InvalidRequestException is a fault of the question, and no denial.
const PLAIN = /^[\w./$-]*$/;
const PLAIN_FILTER = /^[\w./$#+-]*$/;
const isNoName = ({ action, clientId, topic }: Pick<Pair, 'action' | 'clientId' | 'topic'>): boolean =>
  !PLAIN.test(clientId) || !(action === 'SUBSCRIBE' ? PLAIN_FILTER : PLAIN).test(topic);
const SETUP_MS = 120_000;

const title = IS_EMULATOR
  ? `not tested, for no emulator has iot:TestAuthorization: ${tested.length} pairs of client and topic`
  : 'AWS IoT, asked of each pair of client and topic,';

(IS_EMULATOR ? describe.skip : describe)(title, () => {
  const iot = new IoTClient(clientOptions(RUN.region));
  const certificateIds = new Map<string | null, string>();
  let loose: IotCertificate | undefined;

  beforeAll(async () => {
    for (const { thing, demoTopics = false } of tested) {
      if (thing === null || certificateIds.has(thing)) continue;
      certificateIds.set(thing, (await runDevice(`pair-${thing}`, { demoTopics })).certificateId);
    }
    const keys = await newKeyPair();
    const requestPem = await certificateRequestPem(keys, 'loose');
    loose = await createCertificate(iot, { requestPem, publicKeyPem: await publicKeyPem(keys), madeAtMs: undefined });
    for (const policyName of [RUN.outputs['DevicePolicyName'], RUN.outputs['DemoTopicsPolicyName']])
      await iot.send(new AttachPolicyCommand({ policyName, target: loose.arn }));
    certificateIds.set(null, loose.certificateId);
  }, SETUP_MS);
  afterAll(async () => {
    if (loose !== undefined) await discard(iot, loose);
    iot.destroy();
  }, SETUP_MS);

  /** The pair's names as those of this run. */
  const here = (text: string): string =>
    ['boat', 'a_b-c9', 'default']
      .reduce((named, name) => named.replaceAll(name, own(`pair-${name}`)), text)
      .replace(/^battery(?=\/)/, topicRoot);

  function certificateOf(thing: string | null): string {
    const id = certificateIds.get(thing);
    if (id === undefined) throw new Error(`the certificate of ${thing} was not made`);
    return id;
  }

  async function judged({ action, topic, clientId, thing }: Pair): Promise<Pair['expect']> {
    const device = {
      certificateId: certificateOf(thing),
      clientId: here(clientId),
    };
    try {
      const on = here(action === 'CONNECT' ? clientId : topic);
      const [right] = await judgedByIot(RUN, device, [{ action, on }]);
      return right?.isAllowed === true ? 'ALLOWED' : 'DENIED';
    } catch (error) {
      if (isNoName({ action, clientId, topic }) && awsErrorName(error) === 'InvalidRequestException') return 'DENIED';
      throw error;
    }
  }

  test.each(tested)('$clientId of thing $thing: $action $topic is $expect', async (pair) => {
    expect(await judged(pair)).toBe(pair.expect);
  });
});
