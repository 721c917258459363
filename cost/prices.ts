/**
 * The one table of what AWS asks: list prices of us-east-1, each with the page that has it, in what it was read, and the day
 * that was. None of them was read off the page itself: it draws its figures in a browser only. Before quoting a sum elsewhere,
 * look at the pages again.
 */

export const REGION = 'us-east-1';

/** So many a month are free. `always`: to every account. `first-year`: to accounts from before 15 July 2025, in their first year. */
export type FreeTier = { readonly kind: 'always' | 'first-year'; readonly amount: number };

export type Price = {
  readonly usd: number;
  /** Of so many units. */
  readonly per: number;
  /** What is counted. */
  readonly unit: string;
  readonly page: string;
  readonly readIn: string;
  /** The day, or the month, of what it was read in. */
  readonly asOf: string;
  readonly free?: FreeTier;
};

const MILLION = 1_000_000;

type Source = Pick<Price, 'page' | 'readIn' | 'asOf'>;

// The page as api-evangelist on GitHub transcribed it, which quotes the page's own examples.
const transcribed = (page: string): Source => ({
  page,
  readIn: 'a transcript of the page by api-evangelist, GitHub',
  asOf: '2026-09-20',
});

const IOT = 'https://aws.amazon.com/iot-core/pricing/';
const IOT_RULES: Source = { page: IOT, readIn: 'quotations in public repositories', asOf: '2026-06' };
const HTTP_API: Source = {
  page: 'https://aws.amazon.com/api-gateway/pricing/',
  readIn: 'awsforengineers.com, AWS API Gateway Pricing Explained',
  asOf: '2025-05-19',
};
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const LAMBDA_TIME: Source = { page: LAMBDA, readIn: 'git.mcrn.ar, lambda-13-cost', asOf: '2026-05-11' };
const SQS: Source = {
  page: 'https://aws.amazon.com/sqs/pricing/',
  readIn: 'cloudburn.io, Amazon SQS Pricing',
  asOf: '2026-03-14',
};
const CLOUDWATCH: Source = {
  page: 'https://aws.amazon.com/cloudwatch/pricing/',
  readIn: 'factualminds.com, Amazon CloudWatch Pricing',
  asOf: '2026-06-13',
};
const CLOUDFRONT: Source = {
  page: 'https://aws.amazon.com/cloudfront/pricing/',
  readIn: 'a stored copy of the page, and wring.co, AWS CloudFront pricing guide',
  asOf: '2025',
};
const COGNITO = 'https://aws.amazon.com/cognito/pricing/';
const COGNITO_MACHINE: Source = {
  page: COGNITO,
  readIn: 'rhythmictech.com, The AWS Cognito M2M Bill',
  asOf: '2025-05',
};
const SECRETS = transcribed('https://aws.amazon.com/secrets-manager/pricing/');

const always = (amount: number): FreeTier => ({ kind: 'always', amount });
const firstYear = (amount: number): FreeTier => ({ kind: 'first-year', amount });

export const PRICES = {
  iotMinute: {
    usd: 0.08,
    per: MILLION,
    unit: 'minute connected',
    ...transcribed(IOT),
    free: firstYear(2_250_000),
  },
  iotMessage: { usd: 1, per: MILLION, unit: 'message of 5 kB', ...transcribed(IOT), free: firstYear(500_000) },
  iotRule: { usd: 0.15, per: MILLION, unit: 'rule and 5 kB', ...IOT_RULES, free: firstYear(250_000) },
  iotAction: { usd: 0.15, per: MILLION, unit: 'action and 5 kB', ...IOT_RULES, free: firstYear(250_000) },
  httpApiRequest: { usd: 1, per: MILLION, unit: 'request', ...HTTP_API, free: firstYear(MILLION) },
  lambdaRequest: { usd: 0.2, per: MILLION, unit: 'request', ...transcribed(LAMBDA), free: always(MILLION) },
  lambdaArmGbSecond: { usd: 13.3334, per: MILLION, unit: 'GB-second (arm64)', ...LAMBDA_TIME, free: always(400_000) },
  lambdaX86GbSecond: { usd: 16.6667, per: MILLION, unit: 'GB-second (x86)', ...LAMBDA_TIME, free: always(400_000) },
  sqsRequest: { usd: 0.4, per: MILLION, unit: 'request of 64 kB', ...SQS, free: always(MILLION) },
  s3List: {
    usd: 5,
    per: MILLION,
    unit: 'list request',
    page: 'https://aws.amazon.com/s3/pricing/',
    readIn: 'c3x.dev, S3 request fees explained',
    asOf: '2026-11',
  },
  logGb: { usd: 0.5, per: 1, unit: 'GB', ...CLOUDWATCH, free: always(5) },
  logGbMonth: { usd: 0.03, per: 1, unit: 'GB and month', ...CLOUDWATCH },
  customMetric: { usd: 0.3, per: 1, unit: 'metric', ...CLOUDWATCH, free: always(10) },
  alarmedMetric: { usd: 0.1, per: 1, unit: 'metric', ...CLOUDWATCH, free: always(10) },
  // Free are those of at most FREE_DASHBOARD_METRICS metrics.
  dashboard: { usd: 3, per: 1, unit: 'dashboard', ...CLOUDWATCH, free: always(3) },
  bigDashboard: { usd: 3, per: 1, unit: 'dashboard', ...CLOUDWATCH },
  secret: { usd: 0.4, per: 1, unit: 'secret', ...SECRETS },
  secretRead: { usd: 0.05, per: 10_000, unit: 'request', ...SECRETS },
  endpointHour: {
    usd: 0.01,
    per: 1,
    unit: 'hour and zone',
    page: 'https://aws.amazon.com/privatelink/pricing/',
    readIn: 'a stored copy of the page',
    asOf: '2026-05',
  },
  edgeRequest: { usd: 1, per: MILLION, unit: 'HTTPS request', ...CLOUDFRONT, free: always(10 * MILLION) },
  edgeFunction: { usd: 0.1, per: MILLION, unit: 'call', ...CLOUDFRONT, free: always(2 * MILLION) },
  edgeGb: { usd: 0.085, per: 1, unit: 'GB', ...CLOUDFRONT, free: always(1000) },
  outGb: {
    usd: 0.09,
    per: 1,
    unit: 'GB',
    page: 'https://aws.amazon.com/ec2/pricing/on-demand/',
    readIn: 'usage.ai, AWS Data Transfer Costs',
    asOf: '2026-06-02',
    free: always(100),
  },
  // Of the plan Lite.
  person: { usd: 0.0055, per: 1, unit: 'person', ...transcribed(COGNITO), free: always(10_000) },
  machineClient: { usd: 6, per: 1, unit: 'client', ...COGNITO_MACHINE },
  machineToken: { usd: 2.25, per: 1000, unit: 'token', ...COGNITO_MACHINE },
  // The smallest instance with the least storage, in one zone.
  rentedDatabase: {
    usd: 95,
    per: 1,
    unit: 'database',
    page: 'https://aws.amazon.com/timestream/pricing/',
    readIn: "AWS's agent toolkit on GitHub, page Timestream for InfluxDB",
    asOf: '2026-05',
  },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

/** Above it a dashboard is none of those that are free. */
export const FREE_DASHBOARD_METRICS = 50;

export const HOURS_PER_MONTH = 730;

export function priceOf(name: PriceName): Price {
  return PRICES[name];
}

export function usdOf(name: PriceName, count: number): number {
  const { usd, per } = PRICES[name];
  return (count * usd) / per;
}

// A queue over which nothing goes is still asked: five pollers, and with a maximum concurrency Lambda does not go down to two
// ("Configuring scaling behavior for SQS event source mappings" in its developer guide), each for 20 seconds at a time.
export const POLLERS = 5;
const LONGEST_POLL_S = 20;
export const IDLE_POLLS_PER_MONTH = (POLLERS * HOURS_PER_MONTH * 3600) / LONGEST_POLL_S;
