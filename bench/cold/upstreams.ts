/**
 * What the functions call, in a process of its own: the IoT data plane, InfluxDB, Secrets Manager, S3, SQS and a sign-in
 * service, as much as one invocation asks of each. Prints its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const INFLUXDB = { 'x-influxdb-version': 'v2.7.12', 'x-influxdb-build': 'OSS' };
const CSV = [
  '#datatype,string,long,dateTime:RFC3339,double,string,string,string',
  '#group,false,false,false,false,true,true,true',
  '#default,window0,,,,,,',
  ',result,table,_time,_value,_field,_measurement,battery',
  ',,0,2026-11-23T12:33:34.000000001Z,10,charge,battery,default',
  ',,1,2026-11-23T12:33:34.000000001Z,4,discharge,battery,default',
  '',
  '#datatype,string,long,string',
  '#group,false,false,false',
  '#default,names,,',
  ',result,table,_value',
  ',,0,charge',
  ',,0,discharge',
  '',
  '',
].join('\r\n');

const QUEUE = { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' };

type Answer = readonly [status: number, headers: Readonly<Record<string, string>>, body: string];

const JSON_TYPE = { 'content-type': 'application/json' };

function answerTo(path: string, target: string): Answer {
  if (path.startsWith('/topics/')) return [200, JSON_TYPE, '{"message":"OK"}'];
  if (path.startsWith('/api/v2/write')) return [204, INFLUXDB, ''];
  if (path.startsWith('/api/v2/query')) return [200, { ...INFLUXDB, 'content-type': 'text/csv; charset=utf-8' }, CSV];
  if (path.startsWith('/query')) return [200, { ...INFLUXDB, ...JSON_TYPE }, seriesFor(path)];
  if (path === '/oauth2/token')
    return [200, JSON_TYPE, JSON.stringify({ access_token: 'a', expires_in: 900, token_type: 'Bearer' })];
  if (target === 'secretsmanager.GetSecretValue') return [200, JSON_TYPE, '{"SecretString":"a-token-of-the-database"}'];
  if (target.startsWith('AmazonSQS.')) return [200, JSON_TYPE, JSON.stringify({ Attributes: QUEUE })];
  if (path.startsWith('/quarantine-bucket/'))
    return [200, { 'content-type': 'application/xml' }, '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'];
  return [404, JSON_TYPE, '{}'];
}

/** One row of one series for each statement. */
function seriesFor(path: string): string {
  const statements = new URL(path, 'http://localhost').searchParams.get('q')?.split('; ') ?? [];
  const values = [['2026-11-23T12:33:34.000000001Z', 10]];
  const results = statements.map((_, statement_id) => ({
    statement_id,
    series: [{ name: 'battery', columns: ['time', 'charge'], values }],
  }));
  return JSON.stringify({ results });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    const [status, headers, body] = answerTo(request.url ?? '', String(request.headers['x-amz-target'] ?? ''));
    response.writeHead(status, headers).end(body);
  });
}

const server = createServer(answer).listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
