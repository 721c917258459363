/** The synthesized templates, from the same cache as the local runtime's, and what the tests ask them. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Synthesis } from '../../scripts/assembly-folder.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
/** The first synthesis bundles the functions and starts CDK; later ones read files. */
export const SYNTHESIS_TIMEOUT_MS = 120_000;

/** JSON of which nothing is known yet. */
export type Tree = { readonly [key: string]: Tree };

export type Resource = {
  readonly Type: string;
  readonly Properties: Tree;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

export type Template = { readonly Resources: Readonly<Record<string, Resource>>; readonly Outputs: Tree };

export async function synthesizeAll(syntheses: readonly Omit<Synthesis, 'root'>[]): Promise<readonly Template[]> {
  return (await synthesizedFolders(syntheses)).map(templateIn);
}

export async function synthesizedFolders(syntheses: readonly Omit<Synthesis, 'root'>[]): Promise<readonly string[]> {
  const script = join(import.meta.dirname, 'synthesize-all.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ROOT, JSON.stringify(syntheses)], {
    env: { ...process.env, CDK_VALIDATION: 'false' },
  });
  const folders: readonly string[] = JSON.parse(stdout);
  return folders;
}

/** What `cdk` prints of it besides the template: `warning …` and `info …`. */
export function noticesIn(folder: string): readonly string[] {
  const file = readdirSync(folder).find((name) => name.endsWith('.metadata.json'));
  const entries: Readonly<Record<string, readonly { readonly type: string; readonly data: unknown }[]>> = JSON.parse(
    readFileSync(join(folder, file ?? 'no metadata'), 'utf8'),
  );
  return Object.values(entries)
    .flat()
    .filter(({ type }) => /^aws:cdk:(warning|info|error)$/.test(type))
    .map(({ type, data }) => `${type.slice('aws:cdk:'.length)} ${String(data).replace(/ \[ack: .*\]$/, '')}`);
}

export function templateIn(folder: string): Template {
  const file = readdirSync(folder).find((name) => name.endsWith('.template.json'));
  return JSON.parse(readFileSync(join(folder, file ?? 'no template'), 'utf8'));
}

/** Resources of a type, by logical id. */
export function ofType({ Resources }: Template, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}

/** The functions of ours; CDK brings two of its own, which fill and empty the site's bucket. */
export function ownFunctions(template: Template): readonly (readonly [string, Resource])[] {
  return ofType(template, 'AWS::Lambda::Function').filter(([id]) => !id.startsWith('Custom'));
}

export type Statement = {
  readonly id: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

/** Every statement of every policy that allows something, IoT's too, with its resources as text. */
export function allowed({ Resources }: Template): readonly Statement[] {
  return Object.entries(Resources).flatMap(([id, { Properties }]) =>
    statementsIn(Properties)
      .filter((statement) => statement.Effect === 'Allow' && statement.Resource !== undefined)
      .map(({ Action, Resource }) => ({ id, actions: [Action].flat(), resources: [Resource].flat().map(textOf) })),
  );
}

export type FunctionRight = { readonly who: string } & Omit<Statement, 'id'>;

/** What the functions may do, those of the writer first; their right to write their own log left out. */
export function functionRights(template: Template): readonly FunctionRight[] {
  return ownFunctions(template).flatMap(([id, { Properties }]) => {
    const role = textOf(Properties['Role']).replace(/^\$\{(.*)\.Arn\}$/, '$1');
    return allowed(template)
      .filter((statement) => statement.id === role && !statement.actions.includes('logs:PutLogEvents'))
      .map(({ actions, resources }) => ({ who: nameOf(id), actions, resources }));
  });
}

/** The variables of each function of ours, by its name in the stack. */
export function functionVariables(template: Template): ReadonlyMap<string, Tree> {
  return new Map(
    ownFunctions(template).map(([id, { Properties }]) => [nameOf(id), Properties['Environment']?.['Variables'] ?? {}]),
  );
}

/** A logical id without the hash that CDK ends it with. */
export const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

type PolicyStatement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
};

function statementsIn(value: unknown): readonly PolicyStatement[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('Effect' in value && 'Action' in value) return [JSON.parse(JSON.stringify(value))];
  return Object.values(value).flatMap(statementsIn);
}

/** An address as CloudFormation will write it, with `${…}` for what it fills in. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null) return String(value);
  const [[operation, operand] = ['', '']] = Object.entries(value);
  if (operation === 'Ref') return `\${${String(operand)}}`;
  if (operation === 'Fn::GetAtt' && Array.isArray(operand)) return `\${${operand.join('.')}}`;
  if (operation === 'Fn::Sub' && typeof operand === 'string') return operand;
  return operation === 'Fn::Join' && Array.isArray(operand) ? textOf(operand[1]) : JSON.stringify(value);
}

/** The list of AWSLambdaVPCAccessExecutionRole, whose actions take no narrower resource. */
export const JOIN_VPC: readonly string[] = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
