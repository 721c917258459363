/** Where batteries are registered: at a stack on AWS, or in the data folder of the Amphora on this machine. */
import type { DeviceRegistry } from '../../lambdas/batteries/device-registry.ts';
import type { Ear } from './first-message.ts';

export type Broker = {
  readonly host: string;
  readonly port: number;
  /** What a device checks the broker's certificate with, PEM. */
  readonly caPem: string;
};

export type DevicePlace = {
  readonly registry: DeviceRegistry;
  /** As it is called in sentences: `the stack Amphora`. */
  readonly name: string;
  /** The flags that choose it, to stand behind a command; empty, or with a space in front. */
  readonly flags: string;
  readonly topicRoot: string;
  /** Where devices with a certificate connect. */
  readonly broker: () => Promise<Broker>;
  /** Where a device needs no certificate. */
  readonly plainPort: number | undefined;
  /** What must be known about this place before its lines are used. */
  readonly remarks: readonly string[];
  /** Where what devices send can be heard for so long; undefined: nowhere now. */
  readonly ear: (forMs: number) => Promise<Ear | undefined>;
  readonly doctorLine: (battery: string) => string;
  /** What tells why nothing comes of this battery. */
  readonly whyLine: (battery: string) => string;
  /** How long a removed device may stay connected. */
  readonly cutOffSentence: string;
};
