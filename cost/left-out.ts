/** What a bill does not say, as sentences: of these resources, and of the world. */
import type { StackInventory } from './parse-template.ts';
import { PRICES } from './prices.ts';
import { RESOURCE_TYPES, unpricedTypes } from './resource-types.ts';

export function leftOut({ types, endpointZones, machineClients, hasWebAcl }: StackInventory): readonly string[] {
  const unpriced = unpricedTypes(types);
  const parts = new Set(types.flatMap((type) => RESOURCE_TYPES[type] ?? []));
  return [
    ...(unpriced.length === 0 ? [] : [`resources that nobody has priced yet: ${unpriced.join(', ')}`]),
    ...new Set([...parts].flatMap((part) => (part.kind === 'left-out' ? [part.why] : []))),
    ...(endpointZones === 0 ? [] : ['$0.01 for each GB through an interface endpoint']),
    ...(machineClients === 0
      ? []
      : [
          `the tokens of the machine: $${((PRICES.machineToken.usd * HOURS) / PRICES.machineToken.per).toFixed(2)} a month if it always has one`,
        ]),
    ...(hasWebAcl ? ['the web ACL: from $5 a month, $1 a rule, and $0.60 for a million requests'] : []),
    'cold starts, of some hundred milliseconds each; of devices their entries in the registry; of people the mails to them',
    'requests of strangers, which an open route answers; taxes; lower prices of very large amounts; other regions, which cost up to a third more',
  ];
}

const HOURS = 730;

/** The database is not in the sum, and this is why. */
export const DATABASE_LEFT_OUT = `The database is not in it: your own InfluxDB, or one that AWS runs (Timestream for InfluxDB, from about $${PRICES.rentedDatabase.usd} a month).`;
