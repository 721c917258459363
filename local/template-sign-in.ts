/** Of the synthesized template who signs in and what a token must have: the JWT authorizers and the user pool's clients. */
import { broken, type Properties, type Resource, recordOf, textOf, textsOf } from './template-resource.ts';

export type TemplateAuthorizer = {
  readonly logicalId: string;
  readonly issuer: string;
  /** Ids of the clients whose tokens it takes. */
  readonly audience: readonly string[];
  /** As in `authorization`, in small letters. */
  readonly header: string;
};

export type TemplateClient = {
  readonly id: string;
  readonly redirects: readonly string[];
  readonly logouts: readonly string[];
  /** As in `battery/read`. */
  readonly scopes: readonly string[];
  /** `code`, `client_credentials`. */
  readonly flows: readonly string[];
  readonly hasSecret: boolean;
  readonly accessMinutes: number;
  readonly refreshMinutes: number;
};

/** By the name of the output that tells its id. */
export type ClientIds = {
  readonly page: string | undefined;
  readonly commandLine: string | undefined;
  readonly machine: string | undefined;
};

export type TemplateSignIn = {
  readonly authorizers: readonly TemplateAuthorizer[];
  readonly clients: readonly TemplateClient[];
  readonly clientIds: ClientIds;
};

/** What of these types is emulated. */
export const SIGN_IN_EMULATED: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Authorizer': ['ApiId', 'AuthorizerType', 'IdentitySource', 'JwtConfiguration', 'Name'],
  'AWS::Cognito::UserPool': ['AdminCreateUserConfig', 'UsernameAttributes', 'UserPoolName', 'UsernameConfiguration'],
  'AWS::Cognito::UserPoolDomain': ['Domain', 'UserPoolId'],
  'AWS::Cognito::UserPoolResourceServer': ['Identifier', 'Name', 'Scopes', 'UserPoolId'],
  'AWS::Cognito::UserPoolClient': [
    'AccessTokenValidity',
    'AllowedOAuthFlows',
    'AllowedOAuthFlowsUserPoolClient',
    'AllowedOAuthScopes',
    'CallbackURLs',
    'ClientName',
    'EnableTokenRevocation',
    'ExplicitAuthFlows',
    'GenerateSecret',
    'IdTokenValidity',
    'LogoutURLs',
    'PreventUserExistenceErrors',
    'RefreshTokenValidity',
    'SupportedIdentityProviders',
    'TokenValidityUnits',
    'UserPoolId',
  ],
};

// Cognito's own where the template says none (CloudFormation's page of UserPoolClient).
const ACCESS_DEFAULT = { validity: 1, unit: 'hours' } as const;
const REFRESH_DEFAULT = { validity: 30, unit: 'days' } as const;
const MINUTES = new Map([
  ['seconds', 1 / 60],
  ['minutes', 1],
  ['hours', 60],
  ['days', 24 * 60],
]);

export function readSignIn(resources: readonly Resource[], outputs: ReadonlyMap<string, string>): TemplateSignIn {
  const ofType = (type: string): readonly Resource[] => resources.filter((resource) => resource.type === type);
  return {
    authorizers: ofType('AWS::ApiGatewayV2::Authorizer').map(authorizerOf),
    clients: ofType('AWS::Cognito::UserPoolClient').map(clientOf),
    clientIds: {
      page: outputs.get('PageClientId'),
      commandLine: outputs.get('CliClientId'),
      machine: outputs.get('MachineClientId'),
    },
  };
}

function authorizerOf({ logicalId, properties }: Resource): TemplateAuthorizer {
  const type = textOf(properties['AuthorizerType'], '');
  if (type !== 'JWT') throw broken(`authorizer ${logicalId} is of type '${type}', and only JWT is emulated`);
  const { Issuer: issuer, Audience: audience } = recordOf(properties['JwtConfiguration']);
  const [source = '', ...others] = textsOf(properties['IdentitySource']);
  const header = /^\$request\.header\.([\w-]+)$/.exec(source)?.[1];
  if (header === undefined || others.length > 0)
    throw broken(`authorizer ${logicalId} takes its token from '${source}', and only one header is emulated`);
  return { logicalId, issuer: textOf(issuer, ''), audience: textsOf(audience), header: header.toLowerCase() };
}

function clientOf({ logicalId, properties }: Resource): TemplateClient {
  const units = recordOf(properties['TokenValidityUnits']);
  return {
    id: logicalId,
    redirects: textsOf(properties['CallbackURLs']),
    logouts: textsOf(properties['LogoutURLs']),
    scopes: textsOf(properties['AllowedOAuthScopes']),
    flows: textsOf(properties['AllowedOAuthFlows']),
    hasSecret: properties['GenerateSecret'] === true,
    accessMinutes: minutesOf(properties['AccessTokenValidity'], units['AccessToken'], ACCESS_DEFAULT),
    refreshMinutes: minutesOf(properties['RefreshTokenValidity'], units['RefreshToken'], REFRESH_DEFAULT),
  };
}

type Validity = { readonly validity: number; readonly unit: string };

function minutesOf(validity: unknown, unit: unknown, absent: Validity): number {
  if (validity === undefined) return absent.validity * (MINUTES.get(absent.unit) ?? 1);
  return Number(validity) * (MINUTES.get(textOf(unit, absent.unit)) ?? 1);
}

/** What `Ref` of it gives: of a resource server its identifier, and of everything else of ours its logical id. */
export function ownName(type: unknown, properties: Properties): string | undefined {
  return type === 'AWS::Cognito::UserPoolResourceServer' ? textOf(properties['Identifier'], '') : undefined;
}
