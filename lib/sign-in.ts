/**
 * Who signs in and with what: the people's user pool, what a token may allow, and a client for each way in. Everything goes
 * through the code grant with PKCE of Cognito's own page; no client may ask for a password itself.
 */
import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnUserPool,
  CfnUserPoolClient,
  type CfnUserPoolClientProps,
  CfnUserPoolDomain,
  CfnUserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Scope } from '../lambdas/api/routes.ts';
import { defaultPrefix, type SignInSettings } from './sign-in-settings.ts';

export type SignInProps = {
  readonly settings: SignInSettings;
  /** The page's full address: where its people come from, and where they go back to. */
  readonly pageUrl: string;
  /** Whether the people outlive the stack. */
  readonly isKept: boolean;
};

/** The client's id and what a person or a script may do with it. */
export type SignInClients = { readonly page: string; readonly cli: string; readonly machine?: string };

// The ports that `./amphora login` listens on, the second when the first is taken. Cognito compares addresses whole.
const CLI_PORTS = [8976, 8977];

const READ: Scope = 'battery/read';
const WRITE: Scope = 'battery/write';
// The page only shows: a script that got hold of its token could send nothing.
const PAGE_SCOPES = ['openid', READ];

// An access token cannot be called back: it lives as long as a lost one may be of use.
const ACCESS_TOKEN_MINUTES = 15;
const REFRESH_TOKEN_DAYS = 30;
// Each token of a machine is billed.
const MACHINE_TOKEN_MINUTES = 60;

export class SignIn extends Construct {
  readonly userPoolId: string;
  /** Base of `/oauth2/authorize`, `/oauth2/token`, `/oauth2/revoke` and `/logout`. */
  readonly url: string;
  readonly issuer: string;
  readonly clients: SignInClients;
  /** Whose tokens the API takes. */
  readonly clientIds: readonly string[];
  /** What the session function is told. */
  readonly sessionEnvironment: Readonly<Record<string, string>>;
  /** What the page is told. */
  readonly pageConfig: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings, pageUrl, isKept }: SignInProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const pool = this.userPool(settings, pageUrl, isKept);
    this.userPoolId = pool.ref;
    this.issuer = `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${pool.ref}`;

    const prefix = settings.domainPrefix ?? defaultPrefix(stackName, Aws.ACCOUNT_ID);
    // 1 is the plain page; the newer one, whose look can be set, is of a dearer plan.
    new CfnUserPoolDomain(this, 'Domain', { userPoolId: pool.ref, domain: prefix, managedLoginVersion: 1 });
    const host =
      settings.emulatorUrl === undefined
        ? `${prefix}.auth.${Aws.REGION}.amazoncognito.com`
        : new URL(settings.emulatorUrl).host;
    this.url = settings.emulatorUrl ?? `https://${host}`;

    const battery = new CfnUserPoolResourceServer(this, 'Battery', {
      userPoolId: pool.ref,
      identifier: 'battery',
      name: 'Battery telemetry',
      scopes: [
        { scopeName: 'read', scopeDescription: 'See batteries and their readings' },
        { scopeName: 'write', scopeDescription: 'Send and store readings' },
      ],
    });
    const client = (id: string, props: Omit<CfnUserPoolClientProps, 'userPoolId'>): string => {
      const made = new CfnUserPoolClient(this, id, { ...COMMON, ...props, userPoolId: pool.ref });
      // Its scopes have to exist; nothing in its properties says so.
      made.addResourceDependency(battery);
      return made.ref;
    };
    this.clients = {
      page: client('Page', {
        ...person(stackName, 'page', PAGE_SCOPES),
        callbackUrLs: [pageUrl],
        logoutUrLs: [pageUrl],
      }),
      cli: client('CommandLine', {
        ...person(stackName, 'command line', ['openid', READ, WRITE]),
        // The sign-in's own host in them, so that a code of ours never comes where that of a stranger's is waited for.
        callbackUrLs: CLI_PORTS.map((port) => `http://localhost:${port}/${host}/`),
      }),
      ...(settings.machineClient ? { machine: client('Machine', machine(stackName)) } : {}),
    };
    const { page, cli } = this.clients;
    this.clientIds = Object.values(this.clients);
    this.sessionEnvironment = { SIGN_IN_URL: this.url, SIGN_IN_CLIENT_ID: page, PAGE_URL: pageUrl };
    this.pageConfig = {
      url: this.url,
      clientId: page,
      cliClientId: cli,
      scope: PAGE_SCOPES.join(' '),
      redirectUri: pageUrl,
    };
  }

  private userPool({ mfa }: SignInSettings, pageUrl: string, isKept: boolean): CfnUserPool {
    const pool = new CfnUserPool(this, 'Users', {
      userPoolName: Stack.of(this).stackName,
      // All that is used here is in the cheapest plan: the sign-in page, the code grant, scopes of our own, codes of an
      // authenticator app. The next one costs nearly three times as much a user once the free ones are used up.
      userPoolTier: 'LITE',
      // Who may see and send readings is for the owner to say.
      adminCreateUserConfig: { allowAdminCreateUserOnly: true, inviteMessageTemplate: invitation(pageUrl) },
      usernameAttributes: ['email'],
      usernameConfiguration: { caseSensitive: false },
      schema: [{ name: 'email', attributeDataType: 'String', required: true, mutable: true }],
      autoVerifiedAttributes: ['email'],
      userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdate: ['email'] },
      accountRecoverySetting: { recoveryMechanisms: [{ name: 'verified_email', priority: 1 }] },
      policies: { passwordPolicy: PASSWORDS },
      ...(mfa === 'required'
        ? { mfaConfiguration: 'ON', enabledMfas: ['SOFTWARE_TOKEN_MFA'] }
        : { mfaConfiguration: 'OFF' }),
      deletionProtection: isKept ? 'ACTIVE' : 'INACTIVE',
    });
    // Not "except on create", as the failure queues: a rollback could not delete what is protected, and would end half done.
    pool.applyRemovalPolicy(isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    return pool;
  }
}

const PASSWORDS = {
  minimumLength: 12,
  requireLowercase: true,
  requireUppercase: true,
  requireNumbers: true,
  requireSymbols: true,
  temporaryPasswordValidityDays: 7,
};

function invitation(pageUrl: string): CfnUserPool.InviteMessageTemplateProperty {
  return {
    emailSubject: 'Your sign-in for Amphora',
    emailMessage: `Sign in at ${pageUrl} as {username} with the password {####} within 7 days; you will be asked for one of your own.`,
  };
}

const COMMON = {
  supportedIdentityProviders: ['COGNITO'],
  // Without a list Cognito allows sign-in by password through its API too.
  explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  allowedOAuthFlowsUserPoolClient: true,
  enableTokenRevocation: true,
  // Else its answers tell which addresses have an account.
  preventUserExistenceErrors: 'ENABLED',
};

/** A public client: what runs in a browser or on somebody's computer keeps no secret. */
function person(stackName: string, name: string, scopes: string[]): Omit<CfnUserPoolClientProps, 'userPoolId'> {
  return {
    clientName: `${stackName} ${name}`,
    generateSecret: false,
    allowedOAuthFlows: ['code'],
    allowedOAuthScopes: scopes,
    accessTokenValidity: ACCESS_TOKEN_MINUTES,
    idTokenValidity: ACCESS_TOKEN_MINUTES,
    refreshTokenValidity: REFRESH_TOKEN_DAYS,
    tokenValidityUnits: { accessToken: 'minutes', idToken: 'minutes', refreshToken: 'days' },
  };
}

function machine(stackName: string): Omit<CfnUserPoolClientProps, 'userPoolId'> {
  return {
    clientName: `${stackName} machine`,
    generateSecret: true,
    allowedOAuthFlows: ['client_credentials'],
    allowedOAuthScopes: [READ, WRITE],
    accessTokenValidity: MACHINE_TOKEN_MINUTES,
    tokenValidityUnits: { accessToken: 'minutes' },
  };
}
