import config from './jest.config.js';

// What the suite of test/end-to-end runs on; its tests inherit it.
process.env.AMPHORA_TARGET = 'influxdb';

/**
 * On a real InfluxDB, which is built before the first test when this machine has none: its own tests, the whole end-to-end
 * suite, and the kills of the runtime.
 */
export default {
  ...config,
  testMatch: [
    '<rootDir>/test/**/*.influxdb.ts',
    '<rootDir>/test/end-to-end/*.test.ts',
    '<rootDir>/test/no-loss/killed.test.ts',
  ],
  globalSetup: '<rootDir>/test/influxd-build.ts',
  testTimeout: 60_000,
  maxWorkers: 2,
};
