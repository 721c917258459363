import config from './jest.config.js';

/** Thousands of made-up requests against the local runtime, judged by the API's own description. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.schemathesis.ts'],
  globalSetup: '<rootDir>/test/schemathesis/install.ts',
  testTimeout: 240_000,
  maxWorkers: 1,
};
