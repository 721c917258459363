/** Topics as the stack's rules hear them (lambdas/telemetry/topics.ts; a test holds the two together). */

const DEFAULT_BATTERY = 'default';
const SIMULATED_BATTERY = 'demo';

/** What a battery's first reading may come on: for the default battery the original demo's own topic. */
export const firstTopic = (root: string, battery: string): string =>
  battery === DEFAULT_BATTERY ? `${root}/charge` : telemetryTopic(root, battery);

/** What a battery's readings come on; the default battery is also the demo's own topics. */
export function topicsOf(root: string, battery: string): readonly string[] {
  const own = [telemetryTopic(root, battery)];
  return battery === DEFAULT_BATTERY ? [...demoTopics(root), ...own] : own;
}

/** Any battery's. */
export const allTopics = (root: string): readonly string[] => [...demoTopics(root), telemetryTopic(root, '+')];

export const simulatedTopic = (root: string): string => telemetryTopic(root, SIMULATED_BATTERY);

const demoTopics = (root: string): readonly string[] => [`${root}/charge`, `${root}/discharge`];

const telemetryTopic = (root: string, battery: string): string => `${root}/${battery}/telemetry`;
