/** The laws of the store, on a real InfluxDB 2. */
import { influxStore } from '../../lambdas/store/influxdb.ts';
import { influxdFor } from '../influxd.ts';
import { storeContract } from './contract.ts';

const influxd = influxdFor();

storeContract(
  'the InfluxDB store',
  async () => {
    const { token, ...address } = await influxd.newBucket();
    const store = influxStore({ ...address, token: async () => token, nowMs: Date.now });
    const server = await influxd.server();
    return {
      store,
      interrupt: async () => {
        await server.end('SIGKILL');
        return server.again;
      },
      dispose: store.close,
    };
  },
  {
    tellsNoRepeat: 'InfluxDB answers 204 either way, and of two points on one time keeps the last of each field',
    sumsOverflow: 'InfluxDB adds up first, and cannot answer with infinity',
  },
);
