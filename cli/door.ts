/** A way into a running Amphora: MQTT (mqtt-door.ts) or HTTP (http-door.ts). */
import type { Bearer } from './sign-in/api-access.ts';

/** What became of samples that were handed in. */
export type Receipt =
  | {
      readonly kind: 'answered';
      /** Acknowledged: stored, or sure to be. */
      readonly accepted: number;
      /** `sample`: its index in what was handed in. One sample may lose a field and be accepted all the same. */
      readonly refusals: readonly { readonly sample: number; readonly reason: string }[];
    }
  /** `isRefused`: the other side answered that it takes none of them. Absent: it may have them all the same. */
  | { readonly kind: 'lost'; readonly sentence: string; readonly isRefused?: true };

export type Door = {
  /** Samples as JSON texts, so that numbers go out as they were written. Resolves when the other side answered. */
  readonly send: (samples: readonly string[]) => Promise<Receipt>;
  /** What one `send` takes, and how many of them may wait for their answers. */
  readonly maxSamples: number;
  readonly maxBytes: number;
  readonly maxWaiting: number;
  readonly close: () => Promise<void>;
};

export type DoorOptions = {
  readonly battery: string;
  /** How long to go on trying when the connection is lost or answers stay out; undefined: until closed. */
  readonly patienceMs: number | undefined;
  /** Told once a loss, and once when all is well again. */
  readonly onNote: (sentence: string) => void;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Of the way over HTTP: how it shows who it is. */
  readonly bearer?: Bearer;
};
