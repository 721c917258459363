/**
 * The writer as it is usually built: middy, zod, the logger of Powertools and the InfluxDB client's own writer, its token in
 * the environment, bundled with esbuild's defaults.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import middy from '@middy/core';
import { z } from 'zod';

const logger = new Logger({ serviceName: 'writer' });
const influxdb = new InfluxDB({ url: process.env.INFLUX_URL, token: process.env.INFLUX_TOKEN });
const Message = z.object({ charge: z.number().finite(), unit: z.string(), timestamp: z.iso.datetime() });

async function write(event) {
  const message = Message.parse(JSON.parse(Buffer.from(event.payload, 'base64').toString()));
  const api = influxdb.getWriteApi(process.env.INFLUX_ORG, process.env.INFLUX_BUCKET, 'ns');
  api.writePoint(new Point('battery').floatField('charge', message.charge).timestamp(new Date(message.timestamp)));
  await api.close();
  logger.info('stored', { topic: event.topic });
  return { stored: 1 };
}

export const handler = middy().use(injectLambdaContext(logger)).handler(write);
