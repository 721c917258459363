/** A small stack as its synthesis writes it. */

export const assets = { files: { abc123: { source: { path: 'asset.abc123', packaging: 'zip' } } } };

const code = { S3Bucket: 'b', S3Key: 'abc123.zip' };

/** A stack with one of each, as the synthesis writes it. */
export const RESOURCES = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'amphora', ProtocolType: 'HTTP' } },
  Writer: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: code,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 10,
      MemorySize: 256,
      Environment: { Variables: { TOPIC_ROOT: 'battery', FAILURE_QUEUE_URL: { Ref: 'Failures' }, N: 5 } },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    },
  },
  Bare: { Type: 'AWS::Lambda::Function', Properties: { Code: code, Handler: 'read.main' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Bare', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: 'POST /charge',
      AuthorizationType: 'AWS_IAM',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
  OpenRoute: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { RouteKey: 'GET /health', Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] } },
  },
  SignedInRoute: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      RouteKey: 'GET /livedata',
      AuthorizationType: 'JWT',
      AuthorizerId: { Ref: 'Authorizer' },
      AuthorizationScopes: ['battery/read'],
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
  Authorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: [{ Ref: 'PageClient' }],
        Issuer: { 'Fn::Join': ['', ['https://cognito-idp.', { Ref: 'AWS::Region' }, '.example/', { Ref: 'Pool' }]] },
      },
    },
  },
  Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
  Scopes: { Type: 'AWS::Cognito::UserPoolResourceServer', Properties: { Identifier: 'battery' } },
  PageClient: {
    Type: 'AWS::Cognito::UserPoolClient',
    Properties: {
      CallbackURLs: ['https://page.example/'],
      LogoutURLs: ['https://page.example/'],
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', { 'Fn::Join': ['', [{ Ref: 'Scopes' }, '/read']] }],
      AccessTokenValidity: 15,
      RefreshTokenValidity: 720,
      TokenValidityUnits: { AccessToken: 'minutes', RefreshToken: 'hours' },
    },
  },
  MachineClient: {
    Type: 'AWS::Cognito::UserPoolClient',
    Properties: { AllowedOAuthFlows: ['client_credentials'], GenerateSecret: true },
  },
  Rule: {
    Type: 'AWS::IoT::TopicRule',
    Properties: {
      RuleName: 'amphora_charge',
      TopicRulePayload: {
        Sql: "SELECT topic() AS topic FROM 'battery/charge'",
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Lambda: { FunctionArn: { 'Fn::GetAtt': ['Writer', 'Arn'] } } }],
        ErrorAction: { Sqs: { QueueUrl: { Ref: 'Failures' } } },
      },
    },
  },
  Retries: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Writer' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Failures', 'Arn'] } } },
    },
  },
  Failures: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
};
