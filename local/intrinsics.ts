/** CloudFormation's intrinsic functions, as far as a synthesized template of ours uses them, resolved to local values. */

/** What local names stand for the template's resources. */
export type Names = {
  /** `Ref` of a logical id or pseudo parameter. */
  readonly ref: (logicalId: string) => string;
  /** `Fn::GetAtt`. */
  readonly attribute: (logicalId: string, attribute: string) => string;
};

export function resolveIntrinsics(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveIntrinsics(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = [], ...others] = Object.entries(value);
  if (key === undefined || others.length > 0) return resolveMembers(value, names);
  switch (key) {
    case 'Ref':
      return names.ref(String(argument));
    case 'Fn::GetAtt':
      return attribute(argument, names);
    case 'Fn::Join':
      return join(argument, names);
    case 'Fn::Sub':
      return substitute(argument, names);
    default:
      return resolveMembers(value, names);
  }
}

function resolveMembers(value: object, names: Names): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolveIntrinsics(member, names)]));
}

function attribute(argument: unknown, names: Names): string {
  const [logicalId, name] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  return names.attribute(logicalId ?? '', name ?? '');
}

function join(argument: unknown, names: Names): string {
  const [separator, parts] = Array.isArray(argument) ? argument : [];
  const resolved = resolveIntrinsics(parts, names);
  return (Array.isArray(resolved) ? resolved : []).map(String).join(String(separator ?? ''));
}

function substitute(argument: unknown, names: Names): string {
  const text = typeof argument === 'string' ? argument : '';
  return text.replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) =>
    name.includes('.') ? attribute(name, names) : names.ref(name),
  );
}
