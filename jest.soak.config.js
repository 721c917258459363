import config from './jest.config.js';

// The larger sizes; its tests inherit it.
process.env.AMPHORA_SOAK = '1';

/** The proofs of docs/no-loss.md, longer than a change has time for. Those on InfluxDB have a real one, as in jest.influxdb.config.js. */
export default {
  maxWorkers: 1,
  projects: [
    { ...config, displayName: 'sqlite', testMatch: ['<rootDir>/test/no-loss/*.test.ts'] },
    {
      ...config,
      displayName: 'influxdb',
      testMatch: ['<rootDir>/test/no-loss/*.influxdb.ts'],
      globalSetup: '<rootDir>/test/influxd-build.ts',
      setupFiles: ['<rootDir>/test/no-loss/target-influxdb.ts'],
    },
  ],
};
