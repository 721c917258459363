/** The synthesized stack in a folder: what `cdk synth` made, and what it had to say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Assembly = {
  readonly folder: string;
  /** The least version of the CDK's bootstrap stack that its deploy needs. */
  readonly bootstrapVersion: number;
  /** Warnings and notes of the stack, as lib/amphora-stack.ts gives them. */
  readonly notes: readonly string[];
};

/** Reads what stands in cloud-assembly-schema's manifest.json. */
export async function readAssembly(folder: string, stackName: string): Promise<Assembly> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const artifacts = memberOf(manifest, 'artifacts');
  const versions = Object.values(isObject(artifacts) ? artifacts : {}).map((artifact) =>
    memberOf(memberOf(artifact, 'properties'), 'requiresBootstrapStackVersion'),
  );
  return {
    folder,
    bootstrapVersion: Math.max(0, ...versions.filter((version) => typeof version === 'number')),
    notes: await notesOf(folder, memberOf(artifacts, stackName)),
  };
}

async function notesOf(folder: string, stack: unknown): Promise<readonly string[]> {
  const file = memberOf(stack, 'additionalMetadataFile');
  const metadata: unknown =
    typeof file === 'string' ? JSON.parse(await readFile(join(folder, file), 'utf8')) : memberOf(stack, 'metadata');
  const entries = Object.values(isObject(metadata) ? metadata : {}).flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const notes = entries.flatMap((entry: unknown) => {
    const [type, data] = [memberOf(entry, 'type'), memberOf(entry, 'data')];
    return (type === 'aws:cdk:warning' || type === 'aws:cdk:info') && typeof data === 'string' ? [data] : [];
  });
  // CDK adds how to silence it.
  return [...new Set(notes.map((note) => note.replace(/ \[ack: [^\]]*\]$/, '')))];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const memberOf = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
