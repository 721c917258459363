/** What the stack costs each month whether it is used or not, in sentences; its use comes on top. */

import { HOURS_PER_MONTH, IDLE_POLLS_PER_MONTH, PRICES, REGION, usdOf } from '../cost/prices.ts';
import type { DatabaseSettings } from './database-settings.ts';
import { alarmedMetrics, lossDetectors } from './loss-detectors.ts';
import type { Settings } from './settings.ts';

// All else costs nothing by itself: queues, functions, topics, CloudFront and its functions, a bucket of some 200 kB, users up to
// 10 000 a month, budgets without actions, security groups, a gateway endpoint, an SNS topic with a thousand mails a month, an
// account's first three dashboards.
const { secret, endpointHour, machineClient, machineToken, alarmedMetric, rentedDatabase } = PRICES;
const POLLING_USD = usdOf('sqsRequest', IDLE_POLLS_PER_MONTH);

// Every quarter of an hour a function asks them; test/cost/bill.test.ts holds it to that.
const REDRIVE = 'looking after the failure queues less than $0.05';

/** To be said first, before anybody deploys: with all of this serverless, the database is not. */
export function databaseNotice({ database }: Pick<Settings, 'database'>): string {
  const renting = `one that AWS runs (Timestream for InfluxDB, db.influx.medium) costs from about $${rentedDatabase.usd} a month`;
  if (database === undefined)
    return `The database is not serverless, and this stack has none yet: an InfluxDB 2 that the functions reach over the internet with TLS, or from a VPC (influxUrl, vpcId). ${sentence(renting)}.`;
  const { host } = new URL(database.url);
  return database.vpc === undefined
    ? `The database is not serverless: the InfluxDB at ${host} must run all the time and be reachable from the internet, as functions outside a VPC have no address of their own to let in.`
    : `The database is not serverless: the InfluxDB at ${host} must run all the time and be reachable from ${database.vpc.subnetIds.join(', ')}; ${renting}.`;
}

/** What the stack itself costs. */
export function monthlyCost({
  database,
  signIn,
  ingest,
  alarms,
}: Pick<Settings, 'database' | 'signIn' | 'ingest' | 'alarms'>): string {
  const parts = [
    ...(database === undefined ? [] : databaseParts(database)),
    ...(signIn?.machineClient === true
      ? [
          {
            usd: machineClient.usd,
            what: 'a machine client',
            besides: ` and $${machineToken.usd} for ${machineToken.per} tokens (${machineToken.asOf.slice(0, 4)})`,
          },
        ]
      : []),
    ...(ingest === 'buffered'
      ? [{ usd: POLLING_USD, what: 'polling the queue', besides: ' and $0.48 to $1.20 for a million messages' }]
      : []),
    ...(alarms === undefined ? [] : [alarmsPart(ingest)]),
  ];
  if (parts.length === 0) return `This stack costs next to nothing a month before any use: ${REDRIVE}.`;
  const total = parts.reduce((sum, part) => sum + part.usd, 0);
  const list = parts.map(({ usd, what, besides }) => `${what} ${dollars(usd)}${besides}`).join('; ');
  return (
    `This stack costs ${dollars(total)} a month before any use: ${list}; ${REDRIVE} ` +
    `(list prices of ${REGION}; ./amphora cost adds the use, and names each price's page and date).`
  );
}

type Part = { readonly usd: number; readonly what: string; readonly besides: string };

function databaseParts({ writeSecret, readSecret, vpc }: DatabaseSettings): readonly Part[] {
  const secrets = [writeSecret, readSecret].filter((arn) => arn === undefined).length;
  const endpoints = vpc === undefined ? 0 : [vpc.creates.secretsManager, vpc.creates.sqs].filter(Boolean).length;
  const zones = vpc?.subnetIds.length ?? 0;
  return [
    ...(secrets === 0 ? [] : [{ usd: secrets * secret.usd, what: count(secrets, 'secret'), besides: '' }]),
    ...(endpoints === 0
      ? []
      : [
          {
            usd: endpoints * zones * endpointHour.usd * HOURS_PER_MONTH,
            what: `${count(endpoints, 'interface endpoint')} in ${count(zones, 'zone')}`,
            besides: ' and $0.01 a GB',
          },
        ]),
  ];
}

function alarmsPart(ingest: Settings['ingest']): Part {
  // Of as many as the stack has; their names cost nothing.
  const detectors = lossDetectors({
    stackName: '',
    ruleNames: ['charge', 'discharge', 'telemetry'],
    writer: 'writer',
    redrive: 'redrive',
    takers: ['ingest', 'direct-write'],
    ...(ingest === 'buffered'
      ? { failureQueues: ['unwritten', 'undelivered', 'dead'], bufferQueue: 'buffer' }
      : { failureQueues: ['unwritten', 'undelivered'] }),
  });
  const metrics = alarmedMetrics(detectors);
  return {
    usd: metrics * alarmedMetric.usd,
    what: `${count(detectors.length, 'alarm')} on ${count(metrics, 'metric')}`,
    besides: " (an account's first 10 such metrics are free)",
  };
}

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
