import config from './jest.config.js';

/** The deployed stack, in an emulator of AWS and on a real InfluxDB; the page in Debian's `chromium`. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.emulator.ts'],
  globalSetup: '<rootDir>/test/emulator/install.ts',
  testTimeout: 90_000,
  maxWorkers: 1,
};
