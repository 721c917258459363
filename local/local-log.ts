/** The local runtime's log: one line an event on standard error, readable by eye and by grep. */

type Fields = Readonly<Record<string, unknown>>;

export type LocalLog = {
  readonly info: (event: string, fields?: Fields) => void;
  readonly warn: (event: string, fields?: Fields) => void;
};

export function localLog(write: (line: string) => void): LocalLog {
  const line = (level: string, event: string, fields: Fields = {}): void => {
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
    write(`${level} ${event}${shown.map(([key, value]) => ` ${key}=${quoted(value)}`).join('')}\n`);
  };
  return { info: (event, fields) => line('info', event, fields), warn: (event, fields) => line('warn', event, fields) };
}

function quoted(value: unknown): string {
  const text = String(value);
  return /^[\w./:@+-]*$/.test(text) ? text : JSON.stringify(text);
}
