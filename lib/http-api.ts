/** The HTTP API: every route of the route table, and the fallback function for whatever else is asked. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi as AwsHttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, ROUTES } from '../lambdas/api/routes.ts';

export type HttpFunctionName = Exclude<FunctionName, 'writer'>;

export type HttpApiProps = {
  readonly functions: Readonly<Record<HttpFunctionName, IFunction>>;
  /** Whether every route is open to whoever reaches the API: where there is nobody to sign in with. */
  readonly isOpen: boolean;
  /** Requests a second, all clients together. */
  readonly rateLimit: number;
  /** Requests taken at once before the rate counts. */
  readonly burstLimit: number;
  readonly logRetentionDays: number;
};

export class HttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const api = new AwsHttpApi(this, 'Api', { apiName: Stack.of(this).stackName, createDefaultStage: false });
    const signedIn = new HttpIamAuthorizer();

    const integrations = {
      ingest: integration('ingest', props),
      'direct-write': integration('direct-write', props),
      livedata: integration('livedata', props),
      read: integration('read', props),
      health: integration('health', props),
      fallback: integration('fallback', props),
    } satisfies Record<HttpFunctionName, HttpLambdaIntegration>;

    for (const route of ROUTES) {
      new HttpRoute(this, `${route.method} ${route.path}`, {
        httpApi: api,
        routeKey: HttpRouteKey.with(route.path, HttpMethod[route.method]),
        integration: integrations[route.function],
        ...(route.access === 'public' || props.isOpen ? {} : { authorizer: signedIn }),
      });
    }
    // 404, or 405 with Allow: it answers from the route table and reaches nothing, so it needs no sign-in.
    new HttpRoute(this, 'Fallback', {
      httpApi: api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrations.fallback,
    });

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.rateLimit, burstLimit: props.burstLimit },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });
    this.url = stage.url;
  }
}

function integration(name: HttpFunctionName, { functions }: HttpApiProps): HttpLambdaIntegration {
  return new HttpLambdaIntegration(name, functions[name]);
}

// Who, what, how it ended, how long it took. Neither body nor query: those hold readings.
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    at: AccessLogField.contextRequestTimeEpoch(),
    ip: AccessLogField.contextIdentitySourceIp(),
    user: AccessLogField.contextIdentityUserArn(),
    method: AccessLogField.contextHttpMethod(),
    route: '$context.routeKey',
    status: AccessLogField.contextStatus(),
    responseBytes: AccessLogField.contextResponseLength(),
    responseMs: AccessLogField.contextResponseLatency(),
    error: AccessLogField.contextErrorResponseType(),
    integrationError: '$context.integrationErrorMessage',
  }),
);
