/**
 * The X.509 library, which node has no part of: it reads certificates, and neither requests nor signs them. The library's
 * container refuses to load without three functions of the reflect-metadata polyfill. None of its classes takes injected
 * parameters, so that remembering what was defined is all that they have to do.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

const recall = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);

function define(key: unknown, value: unknown, target: object): void {
  const known = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, known.set(key, value));
}

// Another part of the program may have loaded the whole polyfill: then that one stays.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata: recall, getOwnMetadata: recall, defineMetadata: define });
}

// Not a static import: those are loaded before the lines above have run.
export const x509 = await import('@peculiar/x509');
