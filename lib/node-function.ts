/** A function of ours: the only place that sets runtime, memory, code, logs and the role. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A place in a VPC. */
export type FunctionNetwork = {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
};

export type NodeFunctionProps = {
  readonly description: string;
  /** The folder with its bundled index.js. */
  readonly codeFolder: string;
  readonly timeout: Duration;
  readonly logRetentionDays: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What it may do besides writing its own log. */
  readonly mayDo?: readonly PolicyStatement[];
  /** Default: none; it reaches what is public, and nothing else. */
  readonly network?: FunctionNetwork;
  readonly reservedConcurrentExecutions?: number;
};

// The knee of cold start against price on arm64.
const MEMORY_MIB = 256;

export class NodeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetentionDays,
      // Logs tell of readings, they hold none: they go with the stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MIB,
      timeout: props.timeout,
      code: Code.fromAsset(props.codeFolder),
      handler: 'index.handler',
      environment: { ...props.environment },
      logGroup,
      role: functionRole(scope, `${id}Role`, [
        writeLogs(logGroup),
        ...(props.mayDo ?? []),
        ...(props.network === undefined ? [] : joinNetwork()),
      ]),
      ...(props.reservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrentExecutions }),
    });
    // By ids alone: CDK's own way wants to know the subnets' zones and routes, and would have to look them up.
    const { defaultChild } = this.node;
    if (props.network !== undefined && defaultChild instanceof CfnFunction) {
      const { subnetIds, securityGroupIds } = props.network;
      defaultChild.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
    }
  }
}

// Inline and by name, where the managed AWSLambdaBasicExecutionRole would let it write to every log of the account.
function functionRole(scope: Construct, id: string, statements: PolicyStatement[]): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { own: new PolicyDocument({ statements }) },
  });
}

function writeLogs(logGroup: LogGroup): PolicyStatement {
  return new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}

// What Lambda asks of the role of a function in a VPC (the list of AWSLambdaVPCAccessExecutionRole): it makes the network
// interfaces with the function's own role, and these actions take no narrower resource.
const JOIN_NETWORK = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

function joinNetwork(): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: JOIN_NETWORK, resources: ['*'] }),
    // Only what the function's code itself asks has a source function: the rights stay Lambda's own.
    new PolicyStatement({
      effect: Effect.DENY,
      actions: JOIN_NETWORK,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  ];
}
