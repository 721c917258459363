/** What `./amphora doctor --stack` finds of queues, functions, the clock and a battery's device. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jsonRefusal } from '../../cloud/aws-peer.ts';
import { type Boats, BUCKET, boats, bucket, json, NOW_MS, queue } from './aws-fixture.ts';

const DAY_MS = 24 * 3600_000;

let stack: Boats;
beforeEach(async () => {
  stack = await boats();
});
afterEach(() => stack.close());

describe('the failure queues', () => {
  const oldest = (days: number): void => {
    stack.peer.answer('GetQueueAttributes', queue(2), queue(0));
    const Attributes = { SentTimestamp: String(NOW_MS - days * DAY_MS) };
    const message = { Body: 'x', MD5OfBody: createHash('md5').update('x').digest('hex'), Attributes };
    stack.peer.answer('ReceiveMessage', json({ Messages: [message] }));
  };

  test('that hold something are a warning, with the age of the oldest that was seen', async () => {
    oldest(3);
    expect(await stack.wrong('queues')).toEqual({
      subject: 'queues',
      level: 'warning',
      sentence: '2 messages could not be stored, one of them for 3 days; SQS deletes each after 14 days',
      next: `./amphora redrive --apply --url ${stack.outputs['PageUrl']}api`,
    });
  });

  test('are a problem in the second half of what SQS keeps', async () => {
    oldest(8);
    expect(await stack.wrong('queues')).toMatchObject({ level: 'problem' });
  });

  test('are looked into without hiding a message from anybody', async () => {
    oldest(1);
    await stack.look();
    const [question] = stack.peer.asked.filter(({ operation }) => operation === 'ReceiveMessage');
    expect(JSON.parse(question?.body ?? '')).toMatchObject({ VisibilityTimeout: 0 });
  });
});

describe('the quarantine', () => {
  test.each([
    [1, false, /^1 message could not be stored, or not wholly; each has its reason$/],
    [1_000, true, /^at least 1000 messages could not be stored/],
  ])('with %d objects is a warning, with the command that lists them', async (objects, isMore, sentence) => {
    stack.peer.answer(BUCKET, bucket(objects, isMore));
    expect(await stack.wrong('quarantine')).toEqual({
      subject: 'quarantine',
      level: 'warning',
      sentence: expect.stringMatching(sentence),
      next: `./amphora quarantine list --url ${stack.outputs['PageUrl']}api`,
    });
  });

  test('is counted with one question, however much is in it', async () => {
    stack.peer.answer(BUCKET, bucket(1_000, true));
    await stack.look();
    expect(stack.peer.asked.filter(({ operation }) => operation === BUCKET)).toHaveLength(1);
  });

  test('whose bucket is gone is a problem; one that may not be listed was not looked at', async () => {
    const s3Refusal = (code: string, status: number) => ({ status, body: `<Error><Code>${code}</Code></Error>` });
    stack.peer.answer(BUCKET, s3Refusal('NoSuchBucket', 404));
    expect(await stack.wrong('quarantine')).toMatchObject({
      level: 'problem',
      sentence: expect.stringMatching(/is gone/),
    });
    stack.peer.answer(BUCKET, s3Refusal('AccessDenied', 403));
    expect(await stack.wrong('quarantine')).toMatchObject({
      level: 'unknown',
      sentence: expect.stringContaining('these credentials may not do that'),
    });
  });

  test('of a stack without one is not told of; one without a page is asked at its API', async () => {
    const { QuarantineBucketName: _, ...without } = stack.outputs;
    stack.is({ outputs: without });
    expect((await stack.look()).filter(({ subject }) => subject === 'quarantine')).toEqual([]);
    const { DistributionId: __, ...apart } = stack.outputs;
    stack.is({ outputs: apart });
    stack.peer.answer(BUCKET, bucket(1));
    expect((await stack.wrong('quarantine'))?.next).toBe(
      `./amphora quarantine list --url ${stack.outputs['ApiUrl']?.replace(/\/$/, '')}`,
    );
  });
});

test('fewer than a hundred functions at once are a warning that says what it means', async () => {
  stack.peer.answer('GET /2016-08-19/account-settings', json({ AccountLimit: { UnreservedConcurrentExecutions: 10 } }));
  expect(await stack.wrong('functions')).toMatchObject({
    level: 'warning',
    sentence: expect.stringMatching(/^only 10 functions .*answers 503/),
    next: expect.stringContaining('--quota-code L-B99A9384'),
  });
});

describe('the clock', () => {
  test.each([
    [60 * 60_000, 'problem', /^this machine's clock is 60 minutes ahead: AWS refuses what it signs/],
    [-60 * 60_000, 'problem', /^this machine's clock is 60 minutes behind/],
    [90_000, 'warning', /^this machine's clock is 90 seconds ahead$/],
  ] as const)('%d ms off is a %s', async (offMs, level, sentence) => {
    expect(await stack.wrong('clock', undefined, NOW_MS + offMs)).toMatchObject({
      level,
      sentence: expect.stringMatching(sentence),
    });
  });
});

describe('a battery’s device', () => {
  const CERTIFICATE_ID = 'ab'.repeat(32);
  const ARN = `arn:aws:iot:eu-central-1:123456789012:cert/${CERTIFICATE_ID}`;
  const FLAGS = '--stack Boats --region eu-central-1';
  let certificatePem: string;
  beforeAll(() => {
    const words =
      '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out - -days 365 -subj /CN=garage';
    certificatePem = execFileSync('openssl', ['req', ...words.split(' ')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  });

  const ownedBy = (owner: string | undefined): void =>
    stack.peer.answer(
      'GET /things/garage',
      json({ thingName: 'garage', attributes: owner === undefined ? {} : { amphoraStack: owner } }),
    );

  type Certificate = { readonly status: string; readonly policies: readonly string[] };

  function hasCertificate({ status, policies }: Certificate): void {
    ownedBy('Boats');
    stack.peer.answer('GET /things/garage/principals', json({ principals: [ARN] }));
    const creationDate = NOW_MS / 1000 - 60;
    stack.peer.answer(
      `GET /certificates/${CERTIFICATE_ID}`,
      json({
        certificateDescription: {
          certificateArn: ARN,
          certificateId: CERTIFICATE_ID,
          status,
          certificatePem,
          creationDate,
        },
      }),
    );
    const attached = policies.map((policyName) => ({ policyName }));
    stack.peer.answer(`POST /attached-policies/${encodeURIComponent(ARN)}`, json({ policies: attached }));
  }

  /** Of connecting, of sending its own telemetry, of sending another's. */
  const judges = (...decisions: readonly string[]): void =>
    stack.peer.answer(
      'POST /test-authorization',
      json({ authResults: decisions.map((authDecision) => ({ authDecision })) }),
    );

  test('that is not registered is a problem', async () => {
    stack.peer.answer('GET /things/garage', jsonRefusal('ResourceNotFoundException', 'no such thing', 404));
    expect(await stack.wrong('devices', 'garage')).toMatchObject({
      level: 'problem',
      sentence: 'no device is registered for garage',
      next: `./amphora add-battery garage ${FLAGS}`,
    });
  });

  test.each([
    ['Old', /made by the stack Old/],
    [undefined, /made by nobody of Amphora/],
  ])('of %s is a problem that names the owner', async (owner, sentence) => {
    ownedBy(owner);
    stack.peer.answer('GET /things/garage/principals', json({ principals: [] }));
    expect(await stack.wrong('devices', 'garage')).toMatchObject({
      level: 'problem',
      sentence: expect.stringMatching(sentence),
    });
  });

  test.each([
    ['whose certificate is switched off', { status: 'INACTIVE', policies: ['Boats-device'] }, /which is switched off/],
    [
      'whose certificate lacks the policy',
      { status: 'ACTIVE', policies: ['other'] },
      /which lacks the policy Boats-device/,
    ],
  ])('%s is a problem', async (_, certificate, sentence) => {
    hasCertificate(certificate);
    expect(await stack.wrong('devices', 'garage')).toMatchObject({
      level: 'problem',
      sentence: expect.stringMatching(sentence),
      next: `./amphora add-battery garage --new-certificate ${FLAGS}`,
    });
  });

  test('whose certificate has expired is a problem', async () => {
    hasCertificate({ status: 'ACTIVE', policies: ['Boats-device'] });
    expect(await stack.wrong('devices', 'garage', NOW_MS + 3650 * DAY_MS)).toMatchObject({
      sentence: expect.stringMatching(/which has expired, so nothing can connect as it/),
    });
  });

  test('without a certificate is a problem, with the command that gives it one', async () => {
    ownedBy('Boats');
    stack.peer.answer('GET /things/garage/principals', json({ principals: [] }));
    expect(await stack.wrong('devices', 'garage')).toMatchObject({
      sentence: 'garage has no certificate, so nothing can connect as it',
      next: `./amphora add-battery garage --new-certificate ${FLAGS}`,
    });
  });

  test('that AWS IoT lets do its own and nothing else is well', async () => {
    hasCertificate({ status: 'ACTIVE', policies: ['Boats-device'] });
    judges('ALLOWED', 'ALLOWED', 'IMPLICIT_DENY');
    const findings = await stack.look('garage');
    expect(findings.filter(({ subject }) => /^(devices|policy)$/.test(subject)).map(({ level }) => level)).toEqual([
      'ok',
      'ok',
    ]);
    const [question] = stack.peer.asked.filter(({ operation }) => operation === 'POST /test-authorization');
    expect(JSON.parse(question?.body ?? '')).toMatchObject({
      principal: ARN,
      authInfos: [
        { actionType: 'CONNECT', resources: ['arn:aws:iot:eu-central-1:123456789012:client/garage'] },
        { actionType: 'PUBLISH', resources: ['arn:aws:iot:eu-central-1:123456789012:topic/boats/garage/telemetry'] },
        { actionType: 'PUBLISH' },
      ],
    });
  });

  test('that AWS IoT would refuse is a problem that names what', async () => {
    hasCertificate({ status: 'ACTIVE', policies: ['Boats-device'] });
    judges('IMPLICIT_DENY', 'ALLOWED', 'IMPLICIT_DENY');
    expect(await stack.wrong('policy', 'garage')).toMatchObject({
      level: 'problem',
      sentence: 'AWS IoT would refuse CONNECT garage of client id garage',
    });
  });

  test('that AWS IoT would let send in another name is a problem', async () => {
    hasCertificate({ status: 'ACTIVE', policies: ['Boats-device', 'everything'] });
    judges('ALLOWED', 'ALLOWED', 'ALLOWED');
    expect(await stack.wrong('policy', 'garage')).toMatchObject({
      level: 'problem',
      sentence: expect.stringContaining("would let garage send in another battery's name"),
    });
  });
});
