/**
 * node:http without its `import`, which reads all that the module exports: a WebSocket client among it, and with that the
 * whole of fetch, 40 ms of a start.
 */
export const { createServer } = process.getBuiltinModule('node:http');
