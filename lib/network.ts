/**
 * The functions' place in a VPC that exists, and the doors to AWS that they need there. A door of ours has a name of its
 * own, which the functions are told: to everything else in the VPC nothing changes.
 */
import { Aws, Fn } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DRAIN_ACTIONS } from './failure-queue.ts';
import type { FunctionNetwork } from './node-function.ts';
import type { VpcSettings } from './vpc-settings.ts';

export type NetworkProps = {
  readonly vpc: VpcSettings;
  readonly databasePort: number;
  /** What the functions ask for through the doors, and nothing else passes. */
  readonly secretArns: readonly string[];
  readonly queueArns: readonly string[];
  readonly countedQueueArns: readonly string[];
};

const HTTPS_PORT = 443;

export class Network extends Construct {
  readonly functions: FunctionNetwork;
  /** Where the SDK finds the endpoints that the stack makes. */
  readonly environment: Readonly<Record<string, string>>;
  /** The security group that the stack made, which the database must let in. */
  readonly madeSecurityGroupId?: string;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { vpc, databasePort, secretArns, queueArns, countedQueueArns } = props;
    const securityGroupId = vpc.securityGroupId ?? this.functionsGroup(vpc, databasePort);
    if (vpc.securityGroupId === undefined) this.madeSecurityGroupId = securityGroupId;
    this.functions = { subnetIds: vpc.subnetIds, securityGroupIds: [securityGroupId] };

    const { secretsManager, sqs, s3 } = vpc.creates;
    const endpointsGroupId = secretsManager || sqs ? this.endpointsGroup(vpc, securityGroupId) : '';
    const door = (id: string, service: string, ...may: PolicyStatement[]): string =>
      this.interfaceEndpoint(id, { vpc, service, securityGroupId: endpointsGroupId, may });
    this.environment = {
      ...(secretsManager
        ? {
            AWS_ENDPOINT_URL_SECRETS_MANAGER: door(
              'SecretsManager',
              'secretsmanager',
              anybodyMay(['secretsmanager:GetSecretValue'], secretArns),
            ),
          }
        : {}),
      ...(sqs
        ? {
            AWS_ENDPOINT_URL_SQS: door(
              'Sqs',
              'sqs',
              anybodyMay(DRAIN_ACTIONS, queueArns),
              ...mayCount(countedQueueArns),
            ),
          }
        : {}),
    };
    if (s3) {
      // Its routes are the whole subnets', so it has no policy of ours.
      new CfnVPCEndpoint(this, 'S3', {
        vpcEndpointType: 'Gateway',
        serviceName: `com.amazonaws.${Aws.REGION}.s3`,
        vpcId: vpc.id,
        routeTableIds: [...vpc.routeTableIds],
      });
    }
  }

  private functionsGroup(vpc: VpcSettings, databasePort: number): string {
    const ports = [...new Set([HTTPS_PORT, databasePort])];
    return new CfnSecurityGroup(this, 'Functions', {
      groupDescription: 'Amphora: the functions that reach the database',
      vpcId: vpc.id,
      securityGroupEgress: ports.map((port) => ({
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        cidrIp: '0.0.0.0/0',
        description: port === databasePort ? 'the database' : 'endpoints of AWS',
      })),
    }).attrGroupId;
  }

  private endpointsGroup(vpc: VpcSettings, functionsGroupId: string): string {
    return new CfnSecurityGroup(this, 'Endpoints', {
      groupDescription: 'Amphora: the endpoints of AWS that are for its functions only',
      vpcId: vpc.id,
      securityGroupIngress: [
        {
          ipProtocol: 'tcp',
          fromPort: HTTPS_PORT,
          toPort: HTTPS_PORT,
          sourceSecurityGroupId: functionsGroupId,
          description: 'the functions',
        },
      ],
    }).attrGroupId;
  }

  private interfaceEndpoint(
    id: string,
    props: {
      readonly vpc: VpcSettings;
      readonly service: string;
      readonly securityGroupId: string;
      readonly may: PolicyStatement[];
    },
  ): string {
    const { attrDnsEntries } = new CfnVPCEndpoint(this, id, {
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${Aws.REGION}.${props.service}`,
      vpcId: props.vpc.id,
      subnetIds: [...props.vpc.subnetIds],
      securityGroupIds: [props.securityGroupId],
      // With it, the service's public name would lead here from all of the VPC, and a VPC takes that name only once.
      privateDnsEnabled: false,
      policyDocument: new PolicyDocument({ statements: props.may }),
    });
    // The first entry is the endpoint's name for the region, as `zone id:name`.
    return `https://${Fn.select(1, Fn.split(':', Fn.select(0, attrDnsEntries)))}`;
  }
}

/** The role decides who may; the door, what may be asked for through it. */
function anybodyMay(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({ principals: [new AnyPrincipal()], actions: [...actions], resources: [...resources] });
}

const mayCount = (queueArns: readonly string[]): PolicyStatement[] =>
  queueArns.length === 0 ? [] : [anybodyMay(['sqs:GetQueueAttributes'], queueArns)];
