/** What deploy:local, destroy:local and emulator ask of a stack, and what they tell of it. */
import { httpAddress } from './command-line.ts';
import type { DeployedStack } from './local-stack.ts';

export const ENDPOINT_VARIABLE = 'AWS_ENDPOINT_URL';
const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';

export const STACK_OPTIONS = {
  'stack-name': { type: 'string', default: 'Amphora' },
  'topic-root': { type: 'string', default: 'battery' },
} as const;

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

export function deployedLines(
  { apiUrl, pageUrl }: DeployedStack,
  { url, org, bucket, tokenIn }: ToldInflux,
): readonly string[] {
  return [
    'Amphora is in the emulator:',
    `  page      ${pageUrl}`,
    `  API       ${apiUrl}`,
    `  InfluxDB  ${url}, organisation ${org}, bucket ${bucket}; its token: ${tokenIn}`,
    // What MiniStack has of MQTT is a WebSocket with rules of its own.
    '  MQTT      not from here; send over HTTP',
    'A first reading:',
    `  curl -X POST '${apiUrl}/charge' -H 'Content-Type: application/json' -d '{"charge": 10, "unit": "kW"}'`,
  ];
}
