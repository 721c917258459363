import config from './jest.config.js';

/** On a real InfluxDB, which is built before the first test when this machine has none. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.influxdb.ts'],
  globalSetup: '<rootDir>/test/influxd-build.ts',
  testTimeout: 60_000,
  maxWorkers: 2,
};
