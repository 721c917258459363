/** What a topic rule hands to its actions for one message. */
import { Buffer } from 'node:buffer';
import type { Expression, Rule } from './parse.ts';

export type RuleMessage = {
  readonly payload: Uint8Array;
  readonly topic: string;
  /** Absent when the message did not come over MQTT. */
  readonly clientId?: string;
  readonly principal?: string;
  readonly receivedAtMs: number;
  readonly traceId: string;
};

/** AWS: `clientid()` of a message that was published over HTTP. */
const NO_CLIENT_ID = 'n/a';

/** Members that are Undefined are left out, as AWS does. */
export function evaluate(rule: Rule, message: RuleMessage): Record<string, unknown> {
  const members: [string, unknown][] = [];
  for (const { alias, expression } of rule.columns) {
    const value = valueOf(expression, message);
    if (value !== undefined) members.push([alias, value]);
  }
  return Object.fromEntries(members);
}

function valueOf(expression: Expression, message: RuleMessage): string | number | undefined {
  switch (expression.kind) {
    case 'payload-base64':
      return base64(message.payload);
    case 'topic':
      return message.topic;
    case 'topic-level':
      return message.topic.split('/')[expression.level - 1];
    case 'client-id':
      return message.clientId ?? NO_CLIENT_ID;
    case 'principal':
      return message.principal;
    case 'timestamp':
      return message.receivedAtMs;
    case 'trace-id':
      // The guide: "or Undefined if the message wasn't sent over MQTT".
      return message.clientId === undefined ? undefined : message.traceId;
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
