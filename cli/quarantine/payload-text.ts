/** The bytes of a message as a terminal may show them: text where they are text, else a dump. */
import { printable } from '../printable.ts';

const MAX_DUMPED_BYTES = 1_024;
const ROW_BYTES = 16;

export function payloadText(bytes: Buffer): string {
  const text = textOf(bytes);
  if (text !== undefined) return text;
  const rows = Array.from({ length: Math.ceil(Math.min(bytes.length, MAX_DUMPED_BYTES) / ROW_BYTES) }, (_, i) =>
    dumpedRow(bytes.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES), i * ROW_BYTES),
  );
  const more = bytes.length - MAX_DUMPED_BYTES;
  return [...rows, ...(more > 0 ? [`… and ${more} bytes more; --json has them all, in base64`] : [])].join('\n');
}

/** Undefined where showing it as text would hide something of it, or play with the terminal. */
function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const lines = text.split(/\r?\n/);
    return lines.every((line) => printable(line.replaceAll('\t', '')) === line.replaceAll('\t', '')) ? text : undefined;
  } catch {
    return undefined;
  }
}

function dumpedRow(row: Buffer, offset: number): string {
  const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const seen = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${offset.toString(16).padStart(6, '0')}  ${hex.padEnd(3 * ROW_BYTES - 1)}  ${seen}`;
}
