/** What a function gets so that it can reach the database: where it is, the right to one token, and a place in the VPC. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DatabaseSettings } from './database-settings.ts';
import { Network } from './network.ts';
import type { NodeFunctionProps } from './node-function.ts';

export type Access = 'read' | 'write';

export type StoreAccessProps = {
  readonly database: DatabaseSettings;
  /** What is redriven. */
  readonly failureQueueArns: readonly string[];
  /** What is only looked at. */
  readonly countedQueueArns: readonly string[];
};

type Reach = Required<Pick<NodeFunctionProps, 'environment' | 'mayDo'>> & Pick<NodeFunctionProps, 'network'>;

export class StoreAccess extends Construct {
  private readonly database: DatabaseSettings;
  private readonly secretArns: Readonly<Record<Access, string>>;
  private readonly network: Network | undefined;

  constructor(scope: Construct, id: string, { database, failureQueueArns, countedQueueArns }: StoreAccessProps) {
    super(scope, id);
    this.database = database;
    this.secretArns = {
      write: database.writeSecret ?? this.emptySecret('write'),
      read: database.readSecret ?? this.emptySecret('read'),
    };
    if (database.vpc === undefined) return;
    this.network = new Network(this, 'Network', {
      vpc: database.vpc,
      databasePort: portOf(database.url),
      secretArns: [...new Set(Object.values(this.secretArns))],
      queueArns: failureQueueArns,
      countedQueueArns,
    });
    if (this.network.madeSecurityGroupId === undefined) return;
    new CfnOutput(Stack.of(this), 'FunctionsSecurityGroupId', {
      value: this.network.madeSecurityGroupId,
      description:
        'Security group of the functions that reach the database: let it in there, and at endpoints you gave',
    });
  }

  reach(access: Access): Reach {
    const { url, org, bucket } = this.database;
    const secretArn = this.secretArns[access];
    return {
      environment: {
        INFLUX_URL: url,
        INFLUX_ORG: org,
        INFLUX_BUCKET: bucket,
        INFLUX_TOKEN_SECRET: secretArn,
        // The client's url.parse, bundled, counts as ours and warns at each start.
        NODE_OPTIONS: '--disable-warning=DEP0169',
        ...this.network?.environment,
      },
      mayDo: [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] })],
      ...(this.network === undefined ? {} : { network: this.network.functions }),
    };
  }

  /** Without a value, for whatever value stood here would stand in the template; CDK's own Secret invents one. */
  private emptySecret(access: Access): string {
    const title = access === 'write' ? 'Write' : 'Read';
    // Its ARN, as Ref is on AWS; MiniStack's Ref is the name, which as the resource of a policy allows nothing.
    const { attrId: arn } = new CfnSecret(this, `${title}Secret`, {
      description: `Amphora: the token that may ${access} bucket ${this.database.bucket}. ${HOW_TO_FILL}`,
    });
    new CfnOutput(Stack.of(this), `Influx${title}SecretArn`, {
      value: arn,
      description: `Secret for the database's ${access} token. ${HOW_TO_FILL}`,
    });
    return arn;
  }
}

const HOW_TO_FILL =
  'Empty until you type: aws secretsmanager put-secret-value --secret-id ARN --secret-string file://FILE';

function portOf(address: string): number {
  const { port, protocol } = new URL(address);
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}
