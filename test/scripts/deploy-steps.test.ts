/** The steps of `npm run deploy` that need no process: the stop before a loss, the preparation of the account, what is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { account } from '../../cloud/account.ts';
import type { Loss } from '../../cloud/change-set.ts';
import { readAssembly } from '../../scripts/deploy/assembly.ts';
import { bootstrapped } from '../../scripts/deploy/bootstrap.ts';
import { deployLines, diffLines } from '../../scripts/deploy/cdk-lines.ts';
import { settingsOf } from '../../scripts/deploy/flags.ts';
import { refuseLosses } from '../../scripts/deploy/losses.ts';
import { deployedLines } from '../../scripts/deploy/told.ts';
import {
  type Answer,
  type AwsPeer,
  askAt,
  awsPeer,
  jsonRefusal,
  noStack,
  type PeerStack,
  refusal,
  stack,
  xml,
} from '../cloud/aws-peer.ts';

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  askAt(peer);
});
afterEach(() => peer.close());

describe('the stop before a loss', () => {
  const place = { stackName: 'Boats', changeSetName: 'amphora-deploy' };
  const loss: Loss = {
    logicalId: 'UnwrittenReadings',
    physicalId: 'https://sqs/queue',
    what: 'a queue, with the messages in it',
    how: 'replaced',
    because: ['QueueName'],
    isKept: true,
  };
  const typed = 'npm run deploy -- -c topicRoot=boats';
  const stopped = async (losses: readonly Loss[], replace: readonly string[]): Promise<string> => {
    peer.answer('DeleteChangeSet', xml('DeleteChangeSet'));
    return refuseLosses(place, losses, { replace, typed }).then(
      () => 'it goes on',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  };

  test('names what, why, what becomes of it and what to type, and leaves no change set behind', async () => {
    const said = await stopped([loss], []);
    expect(said.split('\n')).toEqual([
      'this deploy would take away what holds data, so nothing was changed:',
      '  UnwrittenReadings (a queue, with the messages in it; https://sqs/queue) would be replaced, because QueueName changes: the old one stays in the account, but the stack no longer knows it',
      'Undo the change of settings or of the template that does it, or save first what is in there (docs/operations.md).',
      'If it may go: npm run deploy -- -c topicRoot=boats --replace UnwrittenReadings',
    ]);
    expect(peer.deeds()).toEqual(['DeleteChangeSet']);
  });

  test('says so when it would be deleted for good', async () => {
    expect(await stopped([{ ...loss, how: 'removed', because: [], isKept: false }], [])).toMatch(
      /would be removed: the old one is deleted with all that is in it/,
    );
  });

  test('lets pass what was named, and nothing beside it', async () => {
    expect(await stopped([loss], ['UnwrittenReadings'])).toBe('it goes on');
    expect(peer.deeds()).toEqual([]);
    const other = { ...loss, logicalId: 'Pool' };
    expect(await stopped([loss, other], ['UnwrittenReadings'])).toMatch(/If it may go: .* --replace Pool$/);
  });

  test('names them also when the change set cannot be removed', async () => {
    peer.answer('DeleteChangeSet', refusal('AccessDenied', 'User: x is not authorized', 403));
    const said = await refuseLosses(place, [loss], { replace: [], typed }).catch(String);
    expect(said).toContain('UnwrittenReadings (a queue, with the messages in it; https://sqs/queue) would be replaced');
    expect(said).toMatch(/User: x is not authorized.*the change set amphora-deploy is still there/);
  });

  test('is none where nothing is lost', async () => {
    expect(await stopped([], [])).toBe('it goes on');
    expect(peer.deeds()).toEqual([]);
  });
});

describe('the account is prepared', () => {
  const toolkit = (state: Partial<PeerStack>, version = '30') =>
    peer.answer(
      'DescribeStacks',
      stack('CDKToolkit', { status: 'CREATE_COMPLETE', outputs: { BootstrapVersion: version }, ...state }),
    );
  const prepare = async () => {
    const said: string[] = [];
    const signal = new AbortController().signal;
    const asked: string[] = [];
    const run = { root: '/nowhere', account: await account(), signal };
    // Whoever is asked here says no.
    const confirm = (question: string): Promise<void> => {
      asked.push(question);
      return Promise.reject(new Error('no'));
    };
    const end = await bootstrapped(run, {
      version: 8,
      folder: '/nowhere',
      say: (line) => said.push(line),
      confirm,
    }).then(
      () => 'done',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { end, said, asked };
  };

  test('only when it is not yet', async () => {
    toolkit({});
    expect(await prepare()).toEqual({ end: 'done', said: [], asked: [] });
  });

  test('not before the person has agreed, where it never was', async () => {
    peer.answer('DescribeStacks', noStack('CDKToolkit'));
    const { end, said, asked } = await prepare();
    expect({ end, said }).toEqual({
      end: 'no',
      said: ['Account 123456789012 in eu-central-1 is not prepared for the CDK yet.'],
    });
    expect(asked).toEqual([expect.stringMatching(/^Prepare it \(cdk bootstrap: /)]);
  });

  test('anew when its version is too old', async () => {
    toolkit({}, '6');
    expect((await prepare()).said).toEqual([expect.stringMatching(/has version 6 .*, and this deploy wants 8/)]);
  });

  test('again when it failed and left nothing', async () => {
    toolkit({ status: 'ROLLBACK_COMPLETE', outputs: {} });
    expect((await prepare()).asked).toHaveLength(1);
  });

  test.each(['DELETE_FAILED', 'UPDATE_ROLLBACK_FAILED', 'ROLLBACK_FAILED'])(
    'not when it is stuck in %s: a sentence',
    async (status) => {
      toolkit({ status, reason: 'a bucket is not empty' });
      expect(await prepare()).toMatchObject({
        end: expect.stringMatching(/stuck in eu-central-1 .*a bucket is not empty/),
        asked: [],
      });
    },
  );
});

describe('the assembly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'amphora-assembly-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('tells the warnings of the stack, each once and without how to silence it, and the version it needs', async () => {
    const artifact = (version: number) => ({ properties: { requiresBootstrapStackVersion: version } });
    const manifest = {
      artifacts: { 'Boats.assets': artifact(6), Boats: { ...artifact(8), additionalMetadataFile: 'm.json' } },
    };
    const warning = { type: 'aws:cdk:warning', data: 'No database is set. [ack: amphora:no-database]' };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(
      join(folder, 'm.json'),
      JSON.stringify({ '/Boats': [warning, { type: 'other' }], '/Boats/x': [warning] }),
    );
    expect(await readAssembly(folder, 'Boats')).toEqual({
      folder,
      bootstrapVersion: 8,
      notes: ['No database is set.'],
    });
  });
});

describe('of what cdk prints', () => {
  const shown = (lines: readonly string[], make: typeof diffLines): readonly string[] => {
    const said: string[] = [];
    const onLine = make((line) => said.push(line));
    for (const line of lines) onLine(line);
    return said;
  };

  test('the difference is shown from its first word on', () => {
    expect(shown(['WARNING x', 'Stack Boats', '[+] Queue', ''], diffLines)).toEqual(['Stack Boats', '[+] Queue', '']);
  });

  test('what fails is shown at once, of what goes well one line in five seconds', () => {
    let nowMs = 0;
    const event = (count: string, status: string): string =>
      `Boats | ${count} | 12:41:35 AM | ${status}     | AWS::SQS::Queue | Queue (Queue1)`;
    const lines = [
      event(' 1/78', 'CREATE_COMPLETE'),
      event(' 2/78', 'CREATE_FAILED'),
      'Outputs:',
      ' ❌  Boats failed: x',
    ];
    const said: string[] = [];
    const onLine = deployLines(
      (line) => said.push(line),
      () => nowMs,
    );
    for (const line of lines) onLine(line);
    nowMs = 5_000;
    onLine(event(' 3/78', 'CREATE_COMPLETE'));
    onLine(event(' 4/78', 'CREATE_COMPLETE'));
    expect(said).toEqual([
      '  2/78  CREATE_FAILED  AWS::SQS::Queue  Queue (Queue1)',
      '❌  Boats failed: x',
      '  3/78  CREATE_COMPLETE  AWS::SQS::Queue  Queue (Queue1)',
    ]);
  });
});

describe('at its end a deploy tells', () => {
  const ENDPOINT: Answer = { status: 200, body: { endpointAddress: 'a1-ats.iot.eu-central-1.amazonaws.com' } };
  const told = async (
    flags: readonly string[],
    outputs: Readonly<Record<string, string>>,
    endpoint: Answer = ENDPOINT,
  ): Promise<string> => {
    peer.answer('GET /endpoint', endpoint);
    const { settings } = settingsOf(flags);
    const who = { account: '123456789012', region: 'eu-central-1', arn: 'arn:x' };
    const stackName = settings.stackName;
    const place = {
      stackName,
      region: who.region,
      partition: 'aws',
      account: who.account,
      status: 'CREATE_COMPLETE',
      who,
    };
    const lines = await deployedLines({ ...place, outputs, pageUrl: 'https://d111.cloudfront.net/' }, settings);
    return lines.join('\n');
  };

  test('page, API, the account’s MQTT endpoint, the base cost and the next commands', async () => {
    const text = await told(['stackName=Boats', 'topicRoot=boats'], { ApiUrl: 'https://x.example.org/' });
    expect(text).toContain('  page  https://d111.cloudfront.net/\n');
    expect(text).toContain('  API   https://d111.cloudfront.net/api (its own address: https://x.example.org)\n');
    expect(text).toContain('  MQTT  a1-ats.iot.eu-central-1.amazonaws.com, port 8883, with a device');
    expect(text).toMatch(/ {2}cost {2}This stack costs .* a month/);
    expect(text).toContain('  ./amphora user add you@example.org --stack Boats --region eu-central-1\n');
    expect(text).toContain('  ./amphora add-battery garage --stack Boats --region eu-central-1\n');
    expect(text).toContain('there is no database yet: deploy again with -c influxUrl=');
  });

  test('who is mailed of alarms and what that needs, and where the dashboard is', async () => {
    const outputs = { AlarmTopicArn: 'arn:aws:sns:topic', MetricsDashboardUrl: 'https://console.example/#dashboards' };
    const nobody = await told(['stackName=Boats'], outputs);
    expect(nobody).toMatch(/ {2}alarms mail nobody yet: .*-c alarmEmail=.*arn:aws:sns:topic\n/);
    expect(nobody).toContain('https://console.example/#dashboards\n');
    const anna = await told(['alarmEmail=anna@example.org'], outputs);
    expect(anna).toMatch(/ {2}alarms mail anna@example\.org, once the link .* was followed\n/);
    expect(await told(['alarms=false'], {})).not.toContain('alarms');
  });

  test('page, API and the next commands also to who may not ask for the MQTT endpoint', async () => {
    const denied = jsonRefusal('UnauthorizedException', 'not yours', 403);
    const text = await told(['stackName=Boats'], { ApiUrl: 'https://x.example.org/' }, denied);
    expect(text).toContain('  page  https://d111.cloudfront.net/\n');
    expect(text).toMatch(/ {2}MQTT {2}not looked up: AWS could not say where .*not yours/);
    expect(text).toContain('  ./amphora add-battery garage --stack Boats --region eu-central-1\n');
  });

  test('the line that fills a secret, for each that is empty', async () => {
    const outputs = {
      ApiUrl: 'https://x.example.org/',
      InfluxWriteSecretArn: 'arn:write',
      InfluxReadSecretArn: 'arn:read',
    };
    peer.answer(
      'DescribeSecret',
      { status: 200, body: { ARN: 'arn:write' } },
      { status: 200, body: { VersionIdsToStages: { v1: ['AWSCURRENT'] } } },
    );
    const text = await told(['influxUrl=https://db.example.org'], outputs);
    expect(text).toContain('--secret-id arn:write --secret-string file://write-token');
    expect(text).not.toContain('arn:read');
  });
});
