/** What the stack costs each month whether it is used or not, as a sentence; its use comes on top. */
import type { DatabaseSettings } from './database-settings.ts';

// us-east-1, list prices of May 2026: aws.amazon.com/secrets-manager/pricing and /privatelink/pricing. A gateway endpoint and
// security groups cost nothing.
const SECRET_USD = 0.4;
const ENDPOINT_USD_PER_HOUR_AND_ZONE = 0.01;
const HOURS_PER_MONTH = 730;

/** Undefined when there is nothing to pay for. */
export function monthlyCost(database: DatabaseSettings): string | undefined {
  const { vpc } = database;
  const secrets = [database.writeSecret, database.readSecret].filter((arn) => arn === undefined).length;
  const endpoints = vpc === undefined ? 0 : [vpc.creates.secretsManager, vpc.creates.sqs].filter(Boolean).length;
  const zones = vpc?.subnetIds.length ?? 0;
  const secretsUsd = secrets * SECRET_USD;
  const endpointsUsd = endpoints * zones * ENDPOINT_USD_PER_HOUR_AND_ZONE * HOURS_PER_MONTH;
  if (secretsUsd + endpointsUsd === 0) return undefined;
  const parts = [
    ...(secrets === 0 ? [] : [`${count(secrets, 'secret')} ${usd(secretsUsd)}`]),
    ...(endpoints === 0
      ? []
      : [`${count(endpoints, 'interface endpoint')} in ${count(zones, 'zone')} ${usd(endpointsUsd)} and $0.01 a GB`]),
  ];
  return (
    `This stack costs ${usd(secretsUsd + endpointsUsd)} a month before any use: ${parts.join('; ')} ` +
    '(list prices of us-east-1 in May 2026; check them at aws.amazon.com/pricing).'
  );
}

const usd = (amount: number): string => `$${amount.toFixed(2)}`;
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
