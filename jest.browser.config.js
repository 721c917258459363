import config from './jest.config.js';

/** What needs Debian's `chromium`, and starts the real local runtime. */
export default { ...config, testMatch: ['<rootDir>/test/**/*.browser.ts'], testTimeout: 60_000, maxWorkers: 1 };
