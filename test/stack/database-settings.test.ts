import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSettings, type SettingsResult } from '../../lib/settings.ts';
import { DATABASES, EMULATOR, READ_SECRET, SUBNETS, WRITE_SECRET } from './combinations.ts';

const URL = 'https://influx.example.org';
const { vpcMade, vpcGiven } = DATABASES;

function databaseOf(context: Readonly<Record<string, unknown>>): unknown {
  const read = readSettings(context);
  return read.ok ? read.settings.database : read.reason;
}

const reasonOf = (read: SettingsResult): string => (read.ok ? '' : read.reason);

describe('the settings of the database', () => {
  test("are none by default, and the original demo's names when only an address is given", () => {
    expect(databaseOf({})).toBeUndefined();
    expect(databaseOf({ influxUrl: URL })).toEqual({ url: URL, org: 'ENI', bucket: 'battery1' });
  });

  test('are all taken as they are given', () => {
    expect(databaseOf(DATABASES.given)).toEqual({
      url: URL,
      org: 'Anna & co',
      bucket: 'boats',
      writeSecret: WRITE_SECRET,
      readSecret: READ_SECRET,
    });
  });

  test.each([
    ['https://influx.example.org/', URL],
    ['https://Influx.Example.org:443', URL],
    ['https://example.org/influx/', 'https://example.org/influx'],
    ['https://eu-central-1-1.aws.cloud2.influxdata.com', 'https://eu-central-1-1.aws.cloud2.influxdata.com'],
  ])('take the address %s as %s', (influxUrl, url) => {
    expect(databaseOf({ influxUrl })).toMatchObject({ url });
  });

  test('take a VPC of which the stack makes what is missing', () => {
    expect(databaseOf(vpcMade)).toMatchObject({
      url: 'http://10.0.0.5:8086',
      vpc: {
        id: 'vpc-0123456789abcdef0',
        subnetIds: SUBNETS,
        routeTableIds: ['rtb-0123456789abcdef0'],
        creates: { secretsManager: true, sqs: true, s3: true },
      },
    });
  });

  test('take a VPC that has all', () => {
    expect(databaseOf(vpcGiven)).toMatchObject({
      vpc: {
        id: 'vpc-0123456789abcdef0',
        subnetIds: [SUBNETS[0]],
        securityGroupId: 'sg-0123456789abcdef0',
        routeTableIds: [],
        creates: { secretsManager: false, sqs: false, s3: false },
      },
    });
  });

  test('are the same lists with commas, as JSON text, and as the list of cdk.json', () => {
    const asText = databaseOf({ ...vpcMade, vpcSubnetIds: SUBNETS.join(', ') });
    expect(databaseOf({ ...vpcMade, vpcSubnetIds: JSON.stringify(SUBNETS) })).toEqual(asText);
    expect(databaseOf({ ...vpcMade, vpcSubnetIds: SUBNETS })).toEqual(asText);
  });

  test('take the loopback of an emulator, in plain http', () => {
    expect(databaseOf(EMULATOR)).toMatchObject({ url: 'http://127.0.0.1:8086' });
  });
});

const AN_ADDRESS =
  'setting influxUrl must be an http or https address without user, password, query and fragment; the token goes into a secret';
const A_SECRET =
  'must be the complete ARN of a secret, as in arn:aws:secretsmanager:eu-central-1:123456789012:secret:influx-write-AbCdEf; the token itself goes into the secret';

describe('settings of the database that make no sense', () => {
  test.each<[context: Readonly<Record<string, unknown>>, reason: string]>([
    [{ stage: 'prod' }, "setting stage is 'prod', but must be aws or emulator"],
    [{ influxUrl: 'influx.example.org' }, AN_ADDRESS],
    [{ influxUrl: 'ftp://influx.example.org' }, AN_ADDRESS],
    [{ influxUrl: 'https://' }, AN_ADDRESS],
    [{ influxUrl: 'https://me:hush@influx.example.org' }, AN_ADDRESS],
    [{ influxUrl: 'https://influx.example.org?token=hush' }, AN_ADDRESS],
    [{ influxUrl: 'https://influx.example.org#hush' }, AN_ADDRESS],
    [
      { influxUrl: 'http://influx.example.org' },
      'setting influxUrl is http, which would carry the token readable over the internet; use https, or an address within vpcId',
    ],
    [
      { ...vpcMade, influxUrl: 'http://8.8.8.8:8086' },
      'setting influxUrl is http, which would carry the token readable over the internet; use https, or an address within vpcId',
    ],
    [
      { influxUrl: 'http://localhost:8086' },
      'setting influxUrl names localhost, which for a function on AWS is itself; name an address that AWS can reach',
    ],
    [
      { ...vpcMade, influxUrl: 'http://127.1:8086' },
      'setting influxUrl names 127.0.0.1, which for a function on AWS is itself; name an address that AWS can reach',
    ],
    [
      { influxUrl: 'https://192.168.1.5' },
      'setting influxUrl names 192.168.1.5, a private address; set vpcId to the VPC from which it can be reached',
    ],
    [
      { influxUrl: URL, influxBucket: '' },
      "setting influxBucket is '', but must be 1 to 128 characters without control characters",
    ],
    [{ influxUrl: URL, influxWriteSecret: 'hush' }, `setting influxWriteSecret ${A_SECRET}`],
    [{ influxUrl: URL, influxReadSecret: READ_SECRET.slice(0, -7) }, `setting influxReadSecret ${A_SECRET}`],
    [{ influxBucket: 'b' }, "setting influxBucket is of use only together with influxUrl, the database's address"],
    [
      { vpcId: 'vpc-0123456789abcdef0' },
      "setting vpcId is of use only together with influxUrl, the database's address",
    ],
    [{ influxUrl: URL, store: 'sqlite' }, 'setting influxUrl is for store influxdb, but store is sqlite'],
    [{ influxUrl: URL, vpcSqsEndpoint: 'none' }, 'setting vpcSqsEndpoint is of use only together with vpcId'],
    [
      { influxUrl: URL, vpcId: 'vpc-0123456789abcdef0' },
      'setting vpcId needs vpcSubnetIds, the subnets from which the database can be reached',
    ],
    [
      { ...vpcMade, vpcRouteTableIds: undefined },
      'the S3 endpoint needs vpcRouteTableIds, the route tables of the subnets; or give vpcS3Endpoint',
    ],
    [
      { ...vpcGiven, vpcRouteTableIds: 'rtb-0123456789abcdef0' },
      'setting vpcRouteTableIds is for an S3 endpoint that the stack makes, but vpcS3Endpoint is given',
    ],
    [{ ...vpcMade, vpcId: 'my-vpc' }, "setting vpcId is 'my-vpc', but must be an id such as vpc-0123456789abcdef0"],
    [
      { ...vpcMade, vpcSubnetIds: `${SUBNETS.join()},${SUBNETS[0]}` },
      `setting vpcSubnetIds is '${SUBNETS.join()},${SUBNETS[0]}', but must be ids such as subnet-0123456789abcdef0, with commas, each once`,
    ],
    [
      { ...vpcMade, vpcSubnetIds: [] },
      "setting vpcSubnetIds is '[]', but must be ids such as subnet-0123456789abcdef0, with commas, each once",
    ],
    [
      { ...vpcMade, vpcSqsEndpoint: 'yes' },
      "setting vpcSqsEndpoint is 'yes', but must be an id such as vpce-0123456789abcdef0, or none",
    ],
    [{ ...vpcMade, ...EMULATOR }, 'setting vpcId is for AWS, but stage is emulator, which has no VPC'],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(readSettings(context)).toEqual({ ok: false, reason });
  });

  test.each(['influxToken', 'vpcSubnets', 'INFLUX_HOST', 'influx-org-name'])(
    "there is no '%s': it is not left out in silence",
    (name) => {
      expect(reasonOf(readSettings({ influxUrl: URL, [name]: 'hush' }))).toMatch(
        new RegExp(`^there is no setting '${name}'; those of the database are influxUrl, `),
      );
    },
  );

  test('a token given in the wrong place is not printed', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_=-]{20,88}$/),
        fc.constantFrom('influxWriteSecret', 'influxReadSecret', 'influxToken', 'influxUrl'),
        (token, key) => {
          const reason = reasonOf(readSettings({ influxUrl: URL, [key]: token }));
          expect(reason).not.toBe('');
          expect(reason).not.toContain(token);
        },
      ),
    );
  });

  test('whatever the address, one that is taken carries nothing but a host, a port and a path', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string(), (url, user) => {
        for (const influxUrl of [url, url.replace('://', `://${user}@`)]) {
          const read = readSettings({ influxUrl });
          if (!read.ok) continue;
          const { username, password, search, hash } = new globalThis.URL(read.settings.database?.url ?? '');
          expect([username, password, search, hash]).toEqual(['', '', '', '']);
        }
      }),
    );
  });
});
