/** Who asks, as a policy's variables and condition keys see it. */

export type Thing = {
  readonly name: string;
  readonly typeName?: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export type Certificate = {
  readonly id: string;
  /** `Subject.CommonName` and the like, each with all its values in the certificate's order. */
  readonly names: Readonly<Record<string, readonly string[]>>;
};

export type Caller = {
  readonly clientId: string;
  /** Of the registry: named like the client id, and attached to the certificate. Undefined: there is none such. */
  readonly thing?: Thing;
  readonly certificate?: Certificate;
};

/** What only a CONNECT has. AWS: "Using connectAttributes". */
export type ConnectFacts = {
  readonly attributes: readonly ('PersistentConnect' | 'LastWill')[];
  /** Of the will, as an ARN. */
  readonly lastWillTopic?: string;
};

const MAX_VALUES = 5;
const MAX_CHARACTERS = 1024;
const ATTRIBUTE = /^iot:Connection\.Thing\.Attributes\[(.+)\]$/;
const CERTIFICATE = /^iot:Certificate\.((?:Subject|Issuer)\.\w+)(?:\.(\d+|List))?$/;

/** All values of a key; undefined when there are none. */
export function valuesOf(key: string, caller: Caller, connect?: ConnectFacts): readonly string[] | undefined {
  switch (key) {
    case 'iot:ClientId':
      return [caller.clientId];
    case 'iot:CertificateId':
      return listOf(caller.certificate?.id);
    // AWS ("Thing policy variables"): the thing is the one of the client id, and the certificate is attached to it.
    case 'iot:Connection.Thing.IsAttached':
      return [String(caller.thing !== undefined)];
    case 'iot:Connection.Thing.ThingName':
      return listOf(caller.thing?.name);
    case 'iot:Connection.Thing.ThingTypeName':
      return listOf(caller.thing?.typeName);
    case 'iot:ConnectAttributes':
      return connect?.attributes;
    case 'iot:LastWillTopic':
      return listOf(connect?.lastWillTopic);
    default:
      return attributeOf(key, caller) ?? certificateValues(key, caller.certificate);
  }
}

function attributeOf(key: string, { thing }: Caller): readonly string[] | undefined {
  const [, name = ''] = ATTRIBUTE.exec(key) ?? [];
  const attributes = thing?.attributes ?? {};
  return Object.hasOwn(attributes, name) ? listOf(attributes[name]) : undefined;
}

// AWS ("X.509 certificate AWS IoT Core policy variables"): without an index the first value, with one that from zero on,
// `.List` all; five values at most, none longer than 1024 characters, and none with a wildcard in it.
function certificateValues(key: string, certificate: Certificate | undefined): readonly string[] | undefined {
  const [, name = '', part = '0'] = CERTIFICATE.exec(key) ?? [];
  const names = certificate?.names ?? {};
  const all = Object.hasOwn(names, name) ? (names[name] ?? []).slice(0, MAX_VALUES) : [];
  const wanted = part === 'List' ? all : all.slice(Number(part), Number(part) + 1);
  const usable = wanted.filter((value) => value.length <= MAX_CHARACTERS && !/[*?]/.test(value));
  return usable.length === 0 || usable.length < wanted.length ? undefined : usable;
}

const listOf = (value: string | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [value];
