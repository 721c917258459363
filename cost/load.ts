/** What a bill is asked for. */
export type Load = {
  readonly batteries: number;
  /** Between two readings of one battery. */
  readonly periodS: number;
  /** Readings in one message. */
  readonly perMessage: number;
  /** Pages that are open all month. */
  readonly viewers: number;
  /** How the readings come: by MQTT, or by POST to the API's own address. */
  readonly via: 'mqtt' | 'http';
  /** What the page is told: it asks no more often. */
  readonly minPollSeconds: number;
};

export const SECONDS_PER_MONTH = 730 * 3600;

export const readingsPerMonth = ({ batteries, periodS }: Load): number => (batteries * SECONDS_PER_MONTH) / periodS;
