/** The VPC from which a database is reached, by given attributes and never by a look-up: synthesis needs no credentials. */
import type { ContextReader } from './context-reader.ts';

export type VpcSettings = {
  readonly id: string;
  /** At most one in each availability zone: an endpoint takes no more. */
  readonly subnetIds: readonly string[];
  /** Default: the stack makes one that lets the functions out to the database and to the endpoints. */
  readonly securityGroupId?: string;
  /** Of the subnets, for the S3 gateway endpoint; empty when that is not made. */
  readonly routeTableIds: readonly string[];
  /**
   * Which endpoints the stack makes; by default all. Not one that exists, whose id is given (with private DNS, its service's
   * own name leads to it), and not where the subnets have another way out (`none`).
   */
  readonly creates: { readonly secretsManager: boolean; readonly sqs: boolean; readonly s3: boolean };
};

export const VPC_KEYS = [
  'vpcId',
  'vpcSubnetIds',
  'vpcSecurityGroupId',
  'vpcRouteTableIds',
  'vpcSecretsManagerEndpoint',
  'vpcSqsEndpoint',
  'vpcS3Endpoint',
] as const;

/** Undefined when no VPC is named, and when there is a problem. */
export function readVpc(reader: ContextReader): VpcSettings | undefined {
  const [first] = VPC_KEYS.filter(reader.isGiven);
  if (first === undefined) return undefined;
  const missing = (sentence: string): undefined => {
    reader.problems.push(sentence);
  };
  if (!reader.isGiven('vpcId')) return missing(`setting ${first} is of use only together with vpcId`);
  if (!reader.isGiven('vpcSubnetIds'))
    return missing('setting vpcId needs vpcSubnetIds, the subnets from which the database can be reached');
  const s3 = createsEndpoint(reader, 'vpcS3Endpoint');
  if (s3 && !reader.isGiven('vpcRouteTableIds'))
    return missing('the S3 endpoint needs vpcRouteTableIds, the route tables of the subnets; or give vpcS3Endpoint');
  if (!s3 && reader.isGiven('vpcRouteTableIds'))
    return missing('setting vpcRouteTableIds is for an S3 endpoint that the stack makes, but vpcS3Endpoint is given');

  const securityGroupId = reader.read('vpcSecurityGroupId', '', oneOf('sg'), 'an id such as sg-0123456789abcdef0');
  return {
    id: reader.read('vpcId', '', oneOf('vpc'), 'an id such as vpc-0123456789abcdef0'),
    subnetIds: reader.read(
      'vpcSubnetIds',
      [],
      listOf('subnet'),
      'ids such as subnet-0123456789abcdef0, with commas, each once',
    ),
    ...(securityGroupId === '' ? {} : { securityGroupId }),
    routeTableIds: reader.read(
      'vpcRouteTableIds',
      [],
      listOf('rtb'),
      'ids such as rtb-0123456789abcdef0, with commas, each once',
    ),
    creates: {
      secretsManager: createsEndpoint(reader, 'vpcSecretsManagerEndpoint'),
      sqs: createsEndpoint(reader, 'vpcSqsEndpoint'),
      s3,
    },
  };
}

function createsEndpoint(reader: ContextReader, key: string): boolean {
  const parse = (text: string): boolean | undefined =>
    text === 'none' || oneOf('vpce')(text) !== undefined ? false : undefined;
  return reader.read(key, true, parse, 'an id such as vpce-0123456789abcdef0, or none');
}

const oneOf =
  (prefix: string) =>
  (text: string): string | undefined =>
    new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(text) ? text : undefined;

/** A list with commas, or in JSON as cdk.json has it; no id twice. */
const listOf =
  (prefix: string) =>
  (text: string): readonly string[] | undefined => {
    const ids = text.replaceAll(/[[\]"\s]/g, '').split(',');
    const isGood = new Set(ids).size === ids.length && ids.every((id) => oneOf(prefix)(id) !== undefined);
    return isGood ? ids : undefined;
  };
