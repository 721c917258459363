import config from './jest.config.js';

// What the suite of test/end-to-end runs on; its tests inherit it.
process.env.AMPHORA_TARGET = 'emulator';

/** The deployed stack, in an emulator of AWS and on a real InfluxDB: its own tests, the page in Debian's `chromium`, and the end-to-end suite. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.emulator.ts', '<rootDir>/test/end-to-end/*.test.ts'],
  globalSetup: '<rootDir>/test/emulator/install.ts',
  testTimeout: 90_000,
  maxWorkers: 2,
};
