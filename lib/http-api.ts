/** The HTTP API: every route of the route table, and the fallback function for whatever else is asked. */
import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi as AwsHttpApi,
  CfnStage,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, ROUTES } from '../lambdas/api/routes.ts';

export type HttpFunctionName = Exclude<FunctionName, 'writer'>;

export type HttpApiProps = {
  /** Requests a second, all clients together. */
  readonly rateLimit: number;
  /** Requests taken at once before the rate counts. */
  readonly burstLimit: number;
  readonly logRetentionDays: number;
};

export type HttpRoutesProps = {
  readonly functions: Readonly<Record<HttpFunctionName, IFunction>>;
  /** Whose tokens the routes want. Undefined where nobody signs in: then every route is open to whoever reaches the API. */
  readonly tokens?: { readonly issuer: string; readonly clientIds: readonly string[] } | undefined;
};

// Of each route that is open to everybody, so that a flood of one leaves the most to those who sign in, and costs little. Each
// open page asks for a new token every quarter of an hour; of the others nobody needs many.
const SESSION_SHARE = 0.1;
const PUBLIC_SHARE = 0.02;

export class HttpApi extends Construct {
  readonly url: string;
  /** The API's own host name. */
  readonly host: string;
  readonly id: string;
  private readonly api: AwsHttpApi;
  private readonly stage: HttpStage;
  private readonly props: HttpApiProps;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    this.props = props;
    this.api = new AwsHttpApi(this, 'Api', { apiName: Stack.of(this).stackName, createDefaultStage: false });
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.rateLimit, burstLimit: props.burstLimit },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });
    this.url = this.stage.url;
    this.id = this.api.apiId;
    this.host = `${this.id}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  }

  /**
   * Apart from the API itself: a function of it needs the page's address, and the page needs the API's. Returns the functions
   * behind the routes.
   */
  addRoutes({ functions, tokens }: HttpRoutesProps): HttpRoutesProps['functions'] {
    const integration = (name: HttpFunctionName) => new HttpLambdaIntegration(name, functions[name]);
    const integrations = {
      ingest: integration('ingest'),
      'direct-write': integration('direct-write'),
      livedata: integration('livedata'),
      read: integration('read'),
      audit: integration('audit'),
      health: integration('health'),
      session: integration('session'),
      quarantine: integration('quarantine'),
      redrive: integration('redrive'),
      status: integration('status'),
      fallback: integration('fallback'),
    } satisfies Record<HttpFunctionName, HttpLambdaIntegration>;
    const authorizer =
      tokens === undefined
        ? undefined
        : // Cognito's access tokens have no audience; the client's id, which API Gateway takes in its place, is in them.
          new HttpJwtAuthorizer('SignedIn', tokens.issuer, { jwtAudience: [...tokens.clientIds] });

    const open = new Map<string, HttpRoute>();
    for (const { method, path, access, function: name } of ROUTES) {
      const key = `${method} ${path}`;
      const route = new HttpRoute(this, key, {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, HttpMethod[method]),
        integration: integrations[name],
        ...(access === 'public' || authorizer === undefined ? {} : { authorizer, authorizationScopes: [access] }),
      });
      if (access === 'public') open.set(key, route);
    }
    // 404, or 405 with Allow: it answers from the route table and reaches nothing, so it needs no sign-in.
    const fallback = new HttpRoute(this, 'Fallback', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrations.fallback,
    });
    this.throttle(open.set('$default', fallback));
    return functions;
  }

  private throttle(routes: ReadonlyMap<string, HttpRoute>): void {
    const { defaultChild } = this.stage.node;
    if (!(defaultChild instanceof CfnStage)) return;
    const limits = (share: number) => ({
      ThrottlingRateLimit: Math.ceil(this.props.rateLimit * share),
      ThrottlingBurstLimit: Math.ceil(this.props.burstLimit * share),
    });
    const shareOf = (key: string): number => (/ \/session(\/|$)/.test(key) ? SESSION_SHARE : PUBLIC_SHARE);
    const settings = Object.fromEntries([...routes.keys()].map((key) => [key, limits(shareOf(key))]));
    defaultChild.addPropertyOverride('RouteSettings', settings);
    // A stage's settings of a route that is not there yet are refused.
    this.stage.node.addDependency(...routes.values());
  }
}

// Who, what, how it ended, how long it took. Neither body nor query: those hold readings.
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    at: AccessLogField.contextRequestTimeEpoch(),
    ip: AccessLogField.contextIdentitySourceIp(),
    user: '$context.authorizer.claims.sub',
    client: '$context.authorizer.claims.client_id',
    method: AccessLogField.contextHttpMethod(),
    route: '$context.routeKey',
    status: AccessLogField.contextStatus(),
    responseBytes: AccessLogField.contextResponseLength(),
    responseMs: AccessLogField.contextResponseLatency(),
    error: AccessLogField.contextErrorResponseType(),
    integrationError: '$context.integrationErrorMessage',
  }),
);
