import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import {
  functionVariables,
  nameOf,
  ofType,
  SYNTHESIS_TIMEOUT_MS,
  type Template,
  type Tree,
  textOf,
} from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
  const { signIn } = settings;
  const routes = (): readonly Tree[] =>
    ofType(template(), 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
  const output = (name: string): string => textOf(template().Outputs[name]?.['Value'] ?? '');

  test('every route wants the scope that the table gives it, but for the public ones and the fallback', () => {
    const wanted = routes().map((route) => {
      const scopes = [route['AuthorizationScopes'] ?? []].flat().map(textOf);
      return [textOf(route['RouteKey']), textOf(route['AuthorizationType']), ...scopes].join(' ');
    });
    const table = ROUTES.map(({ method, path, access }) => {
      const isOpen = access === 'public' || signIn === undefined;
      return `${method} ${path} ${isOpen ? 'NONE' : `JWT ${access}`}`;
    });
    expect(wanted.toSorted()).toEqual([...table, '$default NONE'].toSorted());
  });

  test('who comes by a public route cannot take all of the requests', () => {
    const [stage] = ofType(template(), 'AWS::ApiGatewayV2::Stage');
    const limits = stage?.[1].Properties['RouteSettings'] ?? {};
    const open = ROUTES.filter(({ access }) => access === 'public').map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(limits).toSorted()).toEqual([...open, '$default'].toSorted());
    for (const [key, { ThrottlingRateLimit, ThrottlingBurstLimit }] of Object.entries(limits)) {
      const share = key.endsWith('/session') || key.endsWith('/session/refresh') ? 10 : 50;
      expect([key, Number(ThrottlingRateLimit)]).toEqual([key, Math.ceil(settings.apiRateLimit / share)]);
      expect([key, Number(ThrottlingBurstLimit)]).toEqual([key, Math.ceil(settings.apiBurstLimit / share)]);
    }
    // API Gateway refuses settings of a route that it has not.
    const before = stage?.[1].DependsOn ?? [];
    const keys = before.map((id) => textOf(template().Resources[id]?.Properties['RouteKey'] ?? ''));
    expect(keys).toEqual(expect.arrayContaining(Object.keys(limits)));
  });

  if (signIn === undefined) {
    test('nobody signs in: no user pool, and the session function is told of none', () => {
      const types = Object.values(template().Resources).map(({ Type }) => Type);
      expect(types.filter((type) => /Cognito|Authorizer/.test(type))).toEqual([]);
      expect(Object.keys(functionVariables(template()).get('Session') ?? {})).not.toContain('SIGN_IN_URL');
    });
    return;
  }

  const pool = (): Tree => ofType(template(), 'AWS::Cognito::UserPool')[0]?.[1].Properties ?? {};
  const clients = (): ReadonlyMap<string, Tree> =>
    new Map(ofType(template(), 'AWS::Cognito::UserPoolClient').map(([id, { Properties }]) => [nameOf(id), Properties]));
  const idOf = (name: string): string =>
    ofType(template(), 'AWS::Cognito::UserPoolClient').find(([id]) => nameOf(id) === name)?.[0] ?? '';

  test('tokens are those of the pool, for its clients and no others', () => {
    const [authorizer, ...others] = ofType(template(), 'AWS::ApiGatewayV2::Authorizer');
    expect(others).toEqual([]);
    const { IdentitySource, JwtConfiguration } = authorizer?.[1].Properties ?? {};
    expect(IdentitySource).toEqual(['$request.header.Authorization']);
    expect(textOf(JwtConfiguration?.['Issuer'])).toBe(
      'https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${SignInUsers5CD4D0C2}',
    );
    const names = ['SignInPage', 'SignInCommandLine', ...(signIn.machineClient ? ['SignInMachine'] : [])];
    expect([...clients().keys()]).toEqual(names);
    expect(JwtConfiguration?.['Audience']).toEqual(names.map((name) => ({ Ref: idOf(name) })));
    for (const route of routes())
      if (textOf(route['AuthorizationType']) === 'JWT') expect(route['AuthorizerId']).toEqual({ Ref: authorizer?.[0] });
  });

  test('nobody makes an account for themselves, and a lost password comes back by mail only', () => {
    expect(pool()).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      UsernameAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      ...(signIn.mfa === 'required'
        ? { MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] }
        : { MfaConfiguration: 'OFF' }),
      UserPoolTier: 'LITE',
    });
    expect(textOf(pool()['AdminCreateUserConfig']?.['InviteMessageTemplate']?.['EmailMessage'])).toContain(
      `${output('PageUrl')} as {username} with the password {####}`,
    );
  });

  test('no client asks for a password itself, or gets a token in an address', () => {
    for (const [name, client] of clients()) {
      expect([name, client]).toEqual([
        name,
        expect.objectContaining({
          ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
          AllowedOAuthFlows: [name === 'SignInMachine' ? 'client_credentials' : 'code'],
          AllowedOAuthFlowsUserPoolClient: true,
          SupportedIdentityProviders: ['COGNITO'],
          EnableTokenRevocation: true,
          PreventUserExistenceErrors: 'ENABLED',
          GenerateSecret: name === 'SignInMachine',
        }),
      ]);
    }
  });

  test('the page only reads, the command line writes too, and each comes back only to where it started', () => {
    expect(clients().get('SignInPage')).toMatchObject({ AllowedOAuthScopes: ['openid', 'battery/read'] });
    expect(clients().get('SignInCommandLine')).toMatchObject({
      AllowedOAuthScopes: ['openid', 'battery/read', 'battery/write'],
    });
    const host = new URL(output('SignInUrl').replaceAll(/\$\{(\S*?)\}/g, 'x')).host;
    const callbacks = [clients().get('SignInCommandLine')?.['CallbackURLs']].flat().map(textOf);
    const shown = callbacks.map((one) => one.replaceAll(/\$\{(\S*?)\}/g, 'x'));
    expect(shown).toEqual([`http://localhost:8976/${host}/`, `http://localhost:8977/${host}/`]);
    const { CallbackURLs, LogoutURLs } = clients().get('SignInPage') ?? {};
    for (const addresses of [CallbackURLs, LogoutURLs])
      expect([addresses].flat().map(textOf)).toEqual([output('PageUrl')]);
    const machine = signIn.machineClient ? ['battery/read', 'battery/write'] : undefined;
    expect(clients().get('SignInMachine')?.['AllowedOAuthScopes']).toEqual(machine);
  });

  test('an access token lives a quarter of an hour, a script’s an hour, and a sign-in 30 days', () => {
    for (const [name, client] of clients()) {
      const isMachine = name === 'SignInMachine';
      expect([name, client['AccessTokenValidity'], client['RefreshTokenValidity']]).toEqual(
        isMachine ? [name, 60, undefined] : [name, 15, 30],
      );
      expect(client['TokenValidityUnits']).toMatchObject(
        isMachine ? { AccessToken: 'minutes' } : { AccessToken: 'minutes', RefreshToken: 'days' },
      );
    }
  });

  test('the scopes that a client may ask for exist before it does', () => {
    const [server] = ofType(template(), 'AWS::Cognito::UserPoolResourceServer');
    const scopes = [server?.[1].Properties['Scopes']].flat().map((scope) => textOf(scope?.['ScopeName']));
    expect([textOf(server?.[1].Properties['Identifier']), scopes]).toEqual(['battery', ['read', 'write']]);
    for (const [, { DependsOn }] of ofType(template(), 'AWS::Cognito::UserPoolClient'))
      expect(DependsOn).toEqual([server?.[0]]);
  });

  test('people sign in at an address of the stack’s own, or at the emulator', () => {
    const [domain] = ofType(template(), 'AWS::Cognito::UserPoolDomain');
    const prefix = signIn.domainPrefix ?? `amphora-${settings.stackName.toLowerCase()}-\${AWS::AccountId}`;
    expect(textOf(domain?.[1].Properties['Domain'])).toBe(prefix);
    expect(output('SignInUrl')).toBe(signIn.emulatorUrl ?? `https://${prefix}.auth.\${AWS::Region}.amazoncognito.com`);
  });

  test('the session function is told where people sign in, as whom, and whose page it serves', () => {
    const variables = functionVariables(template()).get('Session') ?? {};
    expect(textOf(variables['SIGN_IN_URL'])).toBe(output('SignInUrl'));
    expect(textOf(variables['SIGN_IN_CLIENT_ID'])).toBe(output('PageClientId'));
    expect(textOf(variables['PAGE_URL'])).toBe(output('PageUrl'));
    for (const [name, others] of functionVariables(template()))
      expect([name, 'SIGN_IN_URL' in others]).toEqual([name, name === 'Session']);
  });

  test('no secret of a client stands in the template', () => {
    expect(JSON.stringify(template())).not.toMatch(/ClientSecret/i);
  });

  test('the outputs name the pool and its clients', () => {
    expect(output('UserPoolId')).toBe('${SignInUsers5CD4D0C2}');
    expect(output('CliClientId')).toBe(`\${${idOf('SignInCommandLine')}}`);
    expect(output('MachineClientId')).toBe(signIn.machineClient ? `\${${idOf('SignInMachine')}}` : '');
  });
});
