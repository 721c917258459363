/** A Secrets Manager on loopback that says what a test tells it to. */
import { type JsonAnswer, type JsonPeer, jsonPeer } from './json-peer.ts';

export const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:boats/influx-write-AbCdEf';

export const holding = (secret: string): JsonAnswer => [200, { ARN, Name: 'boats/influx-write', SecretString: secret }];

export const secretsPeer = (): Promise<JsonPeer> => jsonPeer('secretsmanager');
