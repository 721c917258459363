/** Where an account's devices connect, and a way in for its owner: MQTT over WebSocket, signed with the owner's credentials. */
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

/** Of MQTT with a client certificate ("Device communication protocols"). */
const MQTTS_PORT = 8883;
// As long as a signature may hold at most.
const MAX_EXPIRES_S = 24 * 3600;

export type IotEndpoint = {
  readonly host: string;
  readonly port: number;
};

export type SignedAddress = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

export async function iotEndpoint(region: string): Promise<IotEndpoint> {
  const url = new URL(`mqtts://${await endpointAddress(region)}`);
  return { host: url.hostname, port: MQTTS_PORT };
}

/** Whether it is an emulator's, which takes no device's certificate there. */
export const isEmulator = (): boolean => emulatorUrl() !== undefined;

/** Valid for as long as one waits; the connection lives on behind it. */
export async function signedMqttAddress(region: string, validS: number): Promise<SignedAddress> {
  const iot = new IoTClient(clientOptions(region));
  try {
    const host = await endpointAddress(region);
    const { sessionToken, ...keys } = await asked('sign a connection to AWS IoT', iot.config.credentials());
    const signer = new SignatureV4({
      service: 'iotdevicegateway',
      region,
      credentials: keys,
      sha256: Hash.bind(null, 'sha256'),
    });
    const emulator = emulatorUrl();
    const { query = {} } = await signer.presign(
      { method: 'GET', protocol: 'wss:', hostname: host, path: '/mqtt', headers: { host } },
      { expiresIn: Math.min(MAX_EXPIRES_S, validS) },
    );
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    // AWS IoT alone wants the session's token outside of what is signed ("MQTT over the WebSocket Protocol").
    if (sessionToken !== undefined) pairs.push(`X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`);
    const base = emulator === undefined ? `wss://${host}` : `ws://${emulator.host}`;
    return { url: `${base}/mqtt?${pairs.join('&')}`, headers: emulator === undefined ? {} : { host } };
  } finally {
    iot.destroy();
  }
}

async function endpointAddress(region: string): Promise<string> {
  const iot = new IoTClient(clientOptions(region));
  try {
    const answer = await asked(
      "say where the account's devices connect",
      iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' })),
    );
    return answer.endpointAddress ?? '';
  } finally {
    iot.destroy();
  }
}

function emulatorUrl(): URL | undefined {
  return URL.parse(process.env['AWS_ENDPOINT_URL_IOT'] ?? process.env['AWS_ENDPOINT_URL'] ?? '') ?? undefined;
}
