/**
 * The ingest as it is usually built: middy with its JSON and error middlewares, zod, the logger of Powertools and the SDK
 * with its default settings, bundled with esbuild's defaults.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { z } from 'zod';

const logger = new Logger({ serviceName: 'ingest' });
const client = new IoTDataPlaneClient({});
const Charge = z.object({ charge: z.number().finite(), unit: z.enum(['kW', 'W', 'MW']).default('kW') });

async function ingest(event) {
  const { charge, unit } = Charge.parse(event.body);
  const payload = JSON.stringify({ charge, unit, timestamp: new Date().toISOString() });
  await client.send(new PublishCommand({ topic: 'battery/charge', payload: Buffer.from(payload), qos: 1 }));
  logger.info('published', { topic: 'battery/charge' });
  return { statusCode: 200, body: JSON.stringify({ message: `charge set to: ${charge} ${unit}` }) };
}

export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler())
  .handler(ingest);
