/** Every topic name, built and parsed here only. `root` is the stack's setting `topicRoot`, `battery` by default. */
import { DEFAULT_BATTERY } from '../batteries/battery.ts';

export type DemoSide = 'charge' | 'discharge';

/** What a topic carries: the original demo's form for the default battery, or a message of a named battery. */
export type TelemetryTopic =
  | { readonly kind: 'demo'; readonly side: DemoSide; readonly battery: string }
  | { readonly kind: 'message'; readonly battery: string };

export const demoTopic = (root: string, side: DemoSide): string => `${root}/${side}`;

export const telemetryTopic = (root: string, battery: string): string => `${root}/${battery}/telemetry`;

/** Whether the device is there: its own word, and its last will. */
export const statusTopic = (root: string, battery: string): string => `${root}/${battery}/status`;

/** The one topic that a device listens to; no telemetry is on it. */
export const commandTopic = (root: string, battery: string): string => `${root}/${battery}/command`;

export const commandAckTopic = (root: string, battery: string): string => `${commandTopic(root, battery)}/ack`;

/** The topic filters of the stack's rules, by the rule's name. */
export function ruleFilters(root: string): {
  readonly charge: string;
  readonly discharge: string;
  readonly telemetry: string;
} {
  return {
    charge: demoTopic(root, 'charge'),
    discharge: demoTopic(root, 'discharge'),
    telemetry: telemetryTopic(root, '+'),
  };
}

/** A topic to what it carries; undefined when no rule of ours listens to it. The battery's name is not yet checked. */
export function parseTopic(root: string, topic: string): TelemetryTopic | undefined {
  if (topic === demoTopic(root, 'charge')) return { kind: 'demo', side: 'charge', battery: DEFAULT_BATTERY };
  if (topic === demoTopic(root, 'discharge')) return { kind: 'demo', side: 'discharge', battery: DEFAULT_BATTERY };
  const levels = topic.startsWith(`${root}/`) ? topic.slice(root.length + 1).split('/') : [];
  const [battery, last] = levels;
  return levels.length === 2 && battery !== undefined && last === 'telemetry'
    ? { kind: 'message', battery }
    : undefined;
}
