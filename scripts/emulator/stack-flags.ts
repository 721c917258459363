/** What deploy:local, destroy:local and emulator ask of a stack, and what they tell of it. */
import { httpAddress } from '../command-line.ts';
import type { EmulatedStack, EmulatorSignIn } from './local-stack.ts';

export const ENDPOINT_VARIABLE = 'AWS_ENDPOINT_URL';
const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';

export const STACK_OPTIONS = {
  'stack-name': { type: 'string', default: 'Amphora' },
  'topic-root': { type: 'string', default: 'battery' },
} as const;

export const DEPLOY_OPTIONS = { ...STACK_OPTIONS, 'sign-in': { type: 'boolean', default: false } } as const;

export function stackNames(flags: Readonly<Record<keyof typeof STACK_OPTIONS, string>>) {
  return { stackName: flags['stack-name'], topicRoot: flags['topic-root'] };
}

/** Of the emulator. */
export function endpointHere(): string {
  return httpAddress(ENDPOINT_VARIABLE, process.env[ENDPOINT_VARIABLE] || DEFAULT_ENDPOINT);
}

export type ToldInflux = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  /** The file or the variable that has its token. */
  readonly tokenIn: string;
};

export function deployedLines(stack: EmulatedStack, influx: ToldInflux): readonly string[] {
  const { apiUrl, pageUrl, signIn } = stack;
  const { url, org, bucket, tokenIn } = influx;
  const type = "-H 'Content-Type: application/json'";
  return [
    'Amphora is in the emulator:',
    `  page      ${pageUrl}`,
    `  API       ${apiUrl}`,
    `  InfluxDB  ${url}, organisation ${org}, bucket ${bucket}; its token: ${tokenIn}`,
    // What MiniStack has of MQTT is a WebSocket with rules of its own.
    '  MQTT      not from here; send over HTTP',
    ...(signIn === undefined ? [] : signInLines(stack, signIn)),
    'A first reading:',
    `  curl -X POST '${apiUrl}/charge' ${signIn === undefined ? type : `${token(pageUrl)} ${type}`} -d '{"charge": 10, "unit": "kW"}'`,
  ];
}

const token = (pageUrl: string): string => `-H "Authorization: Bearer $(./amphora token ${pageUrl})"`;

// The emulator takes any credentials, and the AWS SDK wants some.
const AWS_HERE = 'AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test';

function signInLines({ endpoint, stackName, pageUrl }: EmulatedStack, { url }: EmulatorSignIn): readonly string[] {
  return [
    `  sign-in   ${url}, for whom you add:`,
    `    ${AWS_HERE} ${ENDPOINT_VARIABLE}=${endpoint} ./amphora user add you@example.org --no-mail --stack ${stackName}`,
    `    ./amphora login ${pageUrl}`,
  ];
}
