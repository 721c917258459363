/** `npm run deploy:local` and `npm run destroy:local` into an emulator that runs already; what goes wrong is a sentence. */
import { createServer } from 'node:net';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';
import { stackStatus } from '../../scripts/emulator/emulator-api.ts';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { type RunningInfluxd, startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { until } from '../end-to-end/until.ts';
import { get, post } from './http.ts';
import { descendantsOf, stillRunning } from './processes.ts';
import { ROOT } from './root.ts';
import { type Finished, finished, printed, runScript, startScript } from './scripts.ts';

const NOBODY = 'http://127.0.0.1:1';
const HUNG_MS = 60_000;

let emulator: Emulator;
let influxd: RunningInfluxd;

const freshEmulator = async (): Promise<Emulator> =>
  startEmulatorProcess({
    root: ROOT,
    port: emulator?.port ?? 0,
    say: () => {},
  });

beforeAll(async () => {
  emulator = await freshEmulator();
  influxd = await startInfluxd();
});
afterAll(async () => {
  await emulator?.end();
  await influxd?.discard();
});

const env = (): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: emulator.url,
  INFLUX_ADMIN_TOKEN: influxd.token,
});
const flags = (): readonly string[] => ['--influx-url', influxd.url];
const deploy = (...words: readonly string[]): Promise<Finished> =>
  runScript('deploy-local', [...flags(), ...words], env());
const startDeploy = (...words: readonly string[]) => startScript('deploy-local', [...flags(), ...words], env());

const addressIn = (out: string, what: 'page' | 'API'): string =>
  new RegExp(`^  ${what} +(http\\S+)$`, 'm').exec(out)?.[1] ?? '';

/** What a deploy that worked leads to. */
async function expectWorking({ code, out, err }: Finished): Promise<void> {
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect((await fetch(addressIn(out, 'page'))).status).toBe(200);
  expect((await post(addressIn(out, 'API'), '/charge', { charge: 10, unit: 'kW' })).status).toBe(200);
  await until('the charge', async () => (await get(addressIn(out, 'API'), '/livedata')).body['charge'] === 10);
}

describe('without what it needs, it changes nothing and says what to type', () => {
  test('where no emulator answers', async () => {
    for (const script of ['deploy-local', 'destroy-local'] as const) {
      const { code, out, err } = await runScript(script, [], { AWS_ENDPOINT_URL: NOBODY });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toBe(
        `amphora: no emulator answers at ${NOBODY}; start one with docker compose -f docker-compose.localstack.yml up -d, or without Docker with npm run emulator, or name it in AWS_ENDPOINT_URL\n`,
      );
    }
  });

  test('where something listens that never answers', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const { code, err } = await runScript('deploy-local', [], { AWS_ENDPOINT_URL: url });
    silent.close();
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`what listens at ${url} does not answer`) });
  });

  test.each([
    ['no InfluxDB answers', () => ['--influx-url', NOBODY], {}, /docker compose .*npm run influxd/],
    ['the token is none of its', () => flags(), { INFLUX_ADMIN_TOKEN: 'wrong' }, /401.*INFLUX_ADMIN_TOKEN/s],
    ['there is no such organisation', () => [...flags(), '--influx-org', 'nobody'], {}, /nobody.*--influx-org/s],
    ['a flag is misspelt', () => ['--influx-urll', 'x'], {}, /--influx-urll.*--help/],
    ['an address is none', () => ['--influx-url', 'influx'], {}, /--influx-url is 'influx'/],
  ])('where %s', async (_, words, variables, sentence) => {
    const { code, err } = await runScript('deploy-local', words(), { ...env(), ...variables });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^amphora: [^\n]+\n$/) });
    expect(err).toMatch(sentence);
    expect(await stackStatus(emulator.url, 'Amphora')).toBeUndefined();
  });
});

describe('the deploy', () => {
  test('prints the page and the API, and typed again leaves all as it was', async () => {
    const first = await deploy();
    await expectWorking(first);
    const again = await deploy();
    expect(again.code).toBe(0);
    const told = first.out.slice(first.out.indexOf('Amphora is in the emulator'));
    expect(again.out.slice(again.out.indexOf('Amphora is in the emulator'))).toBe(told);
  });

  test('with --sign-in lets nobody in without a token, says how to sign in, and without it opens the stack again', async () => {
    const { out: open } = await deploy();
    const closed = await deploy('--sign-in');
    expect({ code: closed.code, err: closed.err }).toEqual({ code: 0, err: '' });
    expect(addressIn(closed.out, 'API')).toBe(addressIn(open, 'API'));
    const status = async (): Promise<number> =>
      (await post(addressIn(closed.out, 'API'), '/charge', { charge: 1 })).status;
    expect(await status()).toBe(401);
    for (const line of [
      './amphora user add you@example.org --no-mail --stack Amphora',
      './amphora login http',
      '$(./amphora token ',
    ])
      expect(closed.out).toContain(line);
    expect(JSON.parse(await (await fetch(new URL('config.json', addressIn(closed.out, 'page')))).text())).toMatchObject(
      {
        signIn: { url: emulator.url, redirectUri: addressIn(closed.out, 'page') },
      },
    );
    expect((await deploy()).code).toBe(0);
    expect(await status()).toBe(200);
  });

  test('finds a stack that failed to be made, and replaces it', async () => {
    await runScript('destroy-local', [], env());
    const properties = { FunctionName: 'nobody', Qualifier: '$LATEST' };
    const broken = { Resources: { Retries: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: properties } } };
    const cloudFormation = new CloudFormationClient({
      endpoint: emulator.url,
      region: REGION,
      credentials: CREDENTIALS,
    });
    const command = new CreateStackCommand({ StackName: 'Amphora', TemplateBody: JSON.stringify(broken) });
    await cloudFormation.send(command);
    cloudFormation.destroy();
    await until('the failure', async () =>
      /ROLLBACK_COMPLETE|FAILED/.test((await stackStatus(emulator.url, 'Amphora')) ?? ''),
    );
    const result = await deploy();
    expect(result.out).toMatch(/The stack Amphora is half made \(\w+\): removing it first/);
    await expectWorking(result);
  });

  test('that is stopped by Ctrl-C leaves no process, and typed again it works', async () => {
    await runScript('destroy-local', [], env());
    const stopped = startDeploy();
    await printed(stopped, 'Deploying the stack');
    const below = await until('cdklocal', () => {
      const found = descendantsOf(stopped.child.pid ?? 0);
      return found.length > 1 && found;
    });
    stopped.child.kill('SIGINT');
    expect(await finished(stopped)).toMatchObject({ code: 2, err: expect.stringContaining('stopped as asked') });
    expect(stillRunning(below)).toEqual([]);
    await expectWorking(await deploy());
  });

  test.each(['Preparing', 'Publishing', 'AWS::Lambda::Function', 'Outputs:'])(
    'that is killed at “%s” is mended by the next one',
    async (words) => {
      await emulator.end();
      emulator = await freshEmulator();
      const killed = startDeploy('--verbose');
      await printed(killed, words);
      const below = descendantsOf(killed.child.pid ?? 0);
      killed.child.kill('SIGKILL');
      for (const { pid } of below) endQuietly(pid);
      await killed.ended;
      await expectWorking(await deploy());
    },
  );
});

describe('an emulator that fails in the middle of a deploy', () => {
  test('by dying is told, and with a fresh one the same command works', async () => {
    await emulator.end();
    emulator = await freshEmulator();
    const deploying = startDeploy();
    await printed(deploying, 'Deploying the stack');
    process.kill(-emulator.pid, 'SIGKILL');
    const { code, err } = await finished(deploying);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^amphora: .*(again|again\.)\n$/s) });
    await emulator.end();
    emulator = await freshEmulator();
    await expectWorking(await deploy());
  });

  test(
    'by hanging is told, and when it goes on the same command works',
    async () => {
      await runScript('destroy-local', [], env());
      const deploying = startDeploy();
      await printed(deploying, 'Deploying the stack');
      process.kill(-emulator.pid, 'SIGSTOP');
      const { code, err } = await finished(deploying);
      process.kill(-emulator.pid, 'SIGCONT');
      expect({ code, err }).toEqual({
        code: 2,
        err: `amphora: the emulator at ${emulator.url} does not answer any more; start it afresh, and type the same again\n`,
      });
      await expectWorking(await deploy());
    },
    HUNG_MS,
  );
});

describe('destroy:local', () => {
  test('removes the stack and leaves the readings; where there is none it says so', async () => {
    const { out } = await deploy();
    const first = await runScript('destroy-local', [], env());
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('The stack Amphora is removed') });
    expect((await fetch(`${addressIn(out, 'API')}/health`)).status).toBe(404);
    const again = await runScript('destroy-local', [], env());
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('There is no stack Amphora') });
    const { out: anew } = await deploy();
    expect((await get(addressIn(anew, 'API'), '/livedata')).body['charge']).toBe(10);
  });
});

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone already.
  }
}
