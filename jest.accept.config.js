import config from './jest.config.js';

/** A deployed stack in use: `npm run accept:aws` starts it, and says which one. */
export default {
  ...config,
  testMatch: [
    '<rootDir>/test/accept/*.accept.ts',
    '<rootDir>/test/end-to-end/bad-fields.test.ts',
    '<rootDir>/test/end-to-end/bad-input.test.ts',
  ],
  testTimeout: 60_000,
  maxWorkers: 1,
};
