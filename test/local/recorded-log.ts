/** A log that a test can read. */
import type { LocalLog } from '../../local/local-log.ts';

export type Logged = {
  readonly level: 'info' | 'warn';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export function recordedLog(): { readonly log: LocalLog; readonly logged: readonly Logged[] } {
  const logged: Logged[] = [];
  const log: LocalLog = {
    info: (event, fields = {}) => logged.push({ level: 'info', event, fields }),
    warn: (event, fields = {}) => logged.push({ level: 'warn', event, fields }),
  };
  return { log, logged };
}
