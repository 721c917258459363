/** What a page keeps of its own, counted in a snapshot of its heap: code that V8 compiles, and the browser's parts, are left out. */
import type { CDPSession } from 'playwright-core';

/** V8's kinds of what a script makes; numbers are those that have a place of their own. */
const OWN = new Set([
  'object',
  'closure',
  'array',
  'regexp',
  'symbol',
  'bigint',
  'number',
  'string',
  'concatenated string',
  'sliced string',
]);

type Snapshot = {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } };
  /** Each node's fields, one after the other. */
  readonly nodes: readonly number[];
};

/** Of what is left when the garbage is collected, which a snapshot begins with. */
export async function keptBytes(cdp: CDPSession): Promise<number> {
  const chunks: string[] = [];
  const note = ({ chunk }: { readonly chunk: string }): void => void chunks.push(chunk);
  cdp.on('HeapProfiler.addHeapSnapshotChunk', note);
  await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  cdp.off('HeapProfiler.addHeapSnapshotChunk', note);
  const { snapshot, nodes }: Snapshot = JSON.parse(chunks.join(''));
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [kindAt, sizeAt] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (OWN.has(types[0][nodes[node + kindAt] ?? 0] ?? '')) bytes += nodes[node + sizeAt] ?? 0;
  }
  return bytes;
}
