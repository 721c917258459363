/**
 * The table of test/imports.test.ts: a folder to what its files may import besides each other. `x/` is anything below x,
 * `type x` is `import type` only; a package counts with its subpaths. `lambdas` are the files directly in it. What is not in
 * the table of house.md stands here with its reason.
 */
export const mayImport = {
  'lambdas/failures': [],
  'lambdas/batteries': [],
  // JSON.parse takes a key that stands twice and loses a number's own digits; 30 lines of ours would be a JSON parser.
  'lambdas/json': ['lossless-json'],
  // The port is the domain's own word for what it asks of a database; no adapter is in it. Of json the type of its answer.
  'lambdas/telemetry': ['lambdas/batteries/', 'type lambdas/store/store.ts', 'type lambdas/json/parse-json.ts'],
  // Of the port what it asks of a database.
  'lambdas/audit': ['type lambdas/store/store.ts'],
  // A record's battery is what its topic says; of a message the types, and how a question names a time.
  'lambdas/quarantine': ['lambdas/telemetry/topics.ts', 'lambdas/telemetry/time-range.ts', 'type lambdas/telemetry/'],
  // What waits in a queue is a message to the writer once more.
  'lambdas/redrive': [
    'lambdas/telemetry/envelope.ts',
    'lambdas/telemetry/queued-messages.ts',
    'type lambdas/telemetry/',
  ],
  // What writer and redrive share: the writer's flow, joined to what a function has at hand.
  'lambdas/writing': [
    'lambdas/aws/',
    'lambdas/json/',
    'lambdas/quarantine/',
    'lambdas/quarantine-store/open-quarantine.ts',
    'lambdas/store/open-store.ts',
    'lambdas/telemetry/',
  ],
  // Whose readings are left out, and what a failure says by itself.
  'lambdas/status': ['lambdas/batteries/battery.ts', 'lambdas/failures/'],
  // Its two places: a bucket, which is asked by signed requests, and a folder.
  'lambdas/quarantine-store': [
    'lambdas/failures/',
    'lambdas/quarantine/',
    'lambdas/aws/env.ts',
    'lambdas/aws/log.ts',
    'lambdas/aws/s3-objects.ts',
    'node:fs',
    'node:path',
  ],
  'lambdas/store': [
    'lambdas/failures/',
    'lambdas/batteries/battery.ts',
    // Each adapter its own client; of InfluxDB's the keep-alive agent comes with it, and its management for who sets one up.
    'node:fs',
    'node:sqlite',
    '@influxdata/influxdb-client',
    '@influxdata/influxdb-client-apis',
    'node:http',
    'node:https',
  ],
  'lambdas/aws': [
    '@middy/core',
    '@aws-sdk/client-iot-data-plane',
    // Signed requests for a secret and to a bucket, with the SHA-256 that the signer wants: 14 kB, where an SDK client is 200.
    '@smithy/core',
    '@smithy/signature-v4',
    'node:http',
    'node:https',
    'type aws-lambda',
    'lambdas/failures/',
    // What a token endpoint's answer says.
    'lambdas/sign-in/',
    // What a function opens its store with is read from its environment.
    'type lambdas/store/open-store.ts',
    // What a redrive asks of a queue.
    'type lambdas/redrive/redrive-queues.ts',
  ],
  'lambdas/sign-in': [],
  // The API description tells the pattern of an id and the schema of a sample; the route table itself imports nothing.
  'lambdas/api': ['lambdas/batteries/battery.ts', 'lambdas/telemetry/reading.schema.json'],
  lambdas: [
    'lambdas/api/',
    'lambdas/audit/',
    'lambdas/aws/',
    'lambdas/batteries/',
    'lambdas/json/',
    'lambdas/quarantine/',
    'lambdas/quarantine-store/open-quarantine.ts',
    'lambdas/redrive/',
    'lambdas/sign-in/',
    'lambdas/status/',
    'lambdas/store/open-store.ts',
    'lambdas/telemetry/',
    'type lambdas/store/store.ts',
    'lambdas/writing/',
    // A redrive goes at a bounded rate, and a status waits for nobody for long.
    'node:timers/promises',
    'type aws-lambda',
    // The session's function throws what the others get from their adapters.
    'lambdas/failures/',
  ],
  local: [
    'aedes',
    'mqtt-packet',
    // Tokens are signed and judged by a library that many look at; our own would be the first thing to attack.
    'jose',
    'node:',
    'ws',
    // The link of a run beyond loopback, for a phone's camera: 30 kB, where a QR encoder of ours would be 300 lines.
    'uqr',
    // Who may publish, by their certificates.
    'local/devices/',
    'local/files/',
    'type aws-lambda',
    'lambdas/api/version.ts',
    // The right of a route that only this runtime has, in the route table's words.
    'type lambdas/api/routes.ts',
    'lambdas/aws/log.ts',
    // Ids, and the model that the simulated battery plays.
    'lambdas/batteries/',
    'lambdas/failures/',
    'lambdas/store/sqlite.ts',
    // What a backup of the store holds, counted by whoever knows its tables.
    'lambdas/store/sqlite-inspect.ts',
    // Loaded by a run on InfluxDB only: its adapter, and what a start makes sure of.
    '@influxdata/influxdb-client',
    'lambdas/store/influxdb.ts',
    'lambdas/store/influxdb-lines.ts',
    'lambdas/store/influxdb-management.ts',
    'type lambdas/store/store.ts',
    'lambdas/telemetry/topics.ts',
    // By which of its fields a bucket is judged: those that Amphora writes.
    'lambdas/telemetry/fields.generated.ts',
    'lambdas/telemetry/reading.ts',
    // The quarantine of the data folder; and whose message it is that failed.
    'lambdas/quarantine/',
    'lambdas/quarantine-store/file-quarantine.ts',
    'lambdas/telemetry/envelope.ts',
    'type lambdas/telemetry/write-message.ts',
    // A start finds the synthesized stack by the hash of its inputs, and makes it by the deploy's own steps.
    'lib/built-site.ts',
    'lib/site-files.ts',
    'scripts/assembly-folder.ts',
    'scripts/build-site.ts',
    'scripts/replace-folder.ts',
    'scripts/synthesize.ts',
  ],
  // Keys, certificates and who has which: of X.509 its requests and certificates, which node reads and does not write.
  'local/devices': ['@peculiar/x509', 'node:', 'lambdas/batteries/', 'lambdas/failures/', 'local/files/'],
  // Files that a power cut leaves whole, and locks on them.
  'local/files': ['node:'],
  cli: [
    'csv-parse',
    'mqtt',
    'node:',
    'lambdas/api/version.ts',
    'lambdas/batteries/',
    'lambdas/failures/',
    // What runs on AWS instead of here.
    'cloud/',
    // What is the id of a record at all.
    'lambdas/quarantine/record.ts',
    // What an Amphora answers of its failure queues is read by the code that wrote it.
    'lambdas/redrive/redrive-answer.ts',
    'type lambdas/redrive/redrive-queues.ts',
    // What a token endpoint's answer says, to the command line as to the session's function.
    'lambdas/sign-in/',
    // Of a token only the time and the client that stand in it; who verifies it is the API.
    'jose',
    // The browser comes back to both loopback addresses; the people of the Amphora on this machine are in its data folder.
    'local/listen.ts',
    // What the browser is shown at the end of a sign-in.
    'local/html.ts',
    'local/plain-page.ts',
    'local/sign-in/users.ts',
    // A CSV is judged before it is sent, by the very code that will judge it there.
    'lambdas/telemetry/instant.ts',
    'lambdas/telemetry/parse-reading.ts',
    'lambdas/telemetry/fields.generated.ts',
    'lambdas/telemetry/reading.schema.json',
    'lambdas/telemetry/topics.ts',
    // A long range is audited in parts, which are joined by the code that made them; its edges are read as the API reads them.
    'lambdas/audit/',
    'lambdas/telemetry/time-range.ts',
    // The first message of a new battery is judged by the writer itself, over a store that forgets.
    'lambdas/json/parse-json.ts',
    'lambdas/telemetry/write-message.ts',
    'type lambdas/store/store.ts',
    'local/devices/',
    'local/files/',
    // What a data folder keeps, in one file and out of it again.
    'local/backup/',
    'local/main.ts',
    // What a start on InfluxDB makes sure of, ./amphora doctor tells too; migrate-bucket asks and writes as the store does.
    'lambdas/store/influxdb-connection.ts',
    'lambdas/store/influxdb-influxql.ts',
    'lambdas/store/influxdb-management.ts',
    'local/influxdb-check.ts',
    'local/influxdb-identity.ts',
    'local/shell-word.ts',
    'type local/finding.ts',
    'type local/store-choice.ts',
    // What a stack costs is counted in its template, which is synthesized for the settings that are asked for; and which there are.
    'cost/',
    'scripts/synthesize.ts',
    'lib/settings.ts',
    'cdk.json',
  ],
  // What AWS asks for what a template holds: counted by the command line, and in part said by the stack before a deploy, so it is a
  // room of both. Of the page how often it asks.
  cost: ['dashboard/poll.ts'],
  // An AWS account as its owner sees it: each file the client of the service that it asks.
  // Signs a WebSocket to AWS IoT, for which the SDK has no client.
  cloud: ['@aws-sdk/', '@smithy/core', '@smithy/signature-v4', 'node:', 'lambdas/batteries/', 'lambdas/failures/'],
  dashboard: ['preact', '@preact/signals', 'uplot', 'type lambdas/batteries/', 'type lambdas/telemetry/'],
  // The functions' inputs are hashed by the same lines in the stack and in the bundler, or a bundle could be stale.
  lib: [
    'aws-cdk-lib',
    'constructs',
    'node:',
    'lambdas/api/routes.ts',
    'lambdas/telemetry/topics.ts',
    // There is one table of prices.
    'cost/prices.ts',
  ],
  bin: ['aws-cdk-lib', 'node:', 'cdk.json', 'lib/'],
  scripts: [
    'ajv',
    'esbuild',
    'node:',
    'lambdas/api/',
    'lib/built-site.ts',
    'lib/bundles.ts',
    'lib/input-hash.ts',
    'lib/settings.ts',
    'lib/site-files.ts',
    // The deploy: an account as its owner sees it, and what the stack costs.
    'cloud/',
    'lib/monthly-cost.ts',
    // The settings that hold without a flag.
    'cdk.json',
    'type lambdas/batteries/device-registry.ts',
    // The deploy into an emulator: what an account's owner does by hand there, and the tokens of the database.
    '@aws-sdk/client-s3',
    '@aws-sdk/client-secrets-manager',
    'lambdas/aws/log.ts',
    'lambdas/failures/',
    'lambdas/store/influxdb-management.ts',
    // The acceptance of a deployed stack: the secret and the token of its machine client, and the caller's credentials to
    // read its logs; the token of its database, where the stack was made for it.
    'lambdas/sign-in/',
    'lambdas/aws/secret-token.ts',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-cognito-identity-provider',
    '@aws-sdk/client-sts',
    '@smithy/signature-v4',
    // Debian's Chromium, as the tests and the bench start it.
    'playwright-core',
  ],
  // The stores and the flows of the routes that ask them, one by one, each database filled past its functions. What a million
  // readings cost, by the command's own count. The bundles as they are deployed, and what a function is usually built with.
  bench: [
    'aedes',
    'cli/cost/stack-inventories.ts',
    'cost/',
    'mqtt',
    'node:',
    'esbuild',
    'lib/bundles.ts',
    'scripts/bundle.ts',
    '@aws-lambda-powertools/logger',
    '@aws-sdk/client-iot-data-plane',
    '@influxdata/influxdb-client',
    '@middy/core',
    '@middy/http-error-handler',
    '@middy/http-json-body-parser',
    'zod',
    'lambdas/audit/audit-range.ts',
    'lambdas/store/influxdb-management.ts',
    'lambdas/store/influxdb.ts',
    'lambdas/store/sqlite.ts',
    'lambdas/telemetry/read-latest.ts',
    'lambdas/telemetry/read-rows.ts',
    'lambdas/telemetry/read-series.ts',
    'type lambdas/store/store.ts',
    'local/main.ts',
    'scripts/influxd/',
    'type local/data-folder.ts',
    // The original demo beside the chain: its packages of Python, and its processes, which end with us.
    'lambdas/aws/log.ts',
    'scripts/python-venv.ts',
    // The page as it is built, in a real browser; and its chart by itself, beside the library that it draws with.
    'scripts/build-site.ts',
    'scripts/chromium.ts',
    'type playwright-core',
    'uplot',
    'dashboard/chart.ts',
    'dashboard/chart-gestures.ts',
    'dashboard/chart-model.ts',
    'dashboard/chart-plots.ts',
    'dashboard/chart-style.ts',
    'type dashboard/answers.ts',
    'type dashboard/range.ts',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;
