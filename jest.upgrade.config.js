import config from './jest.config.js';

/** This version on what the previous commit left behind: it is unpacked below build/upgrade, and started as it was. */
export default { ...config, testMatch: ['<rootDir>/test/**/*.upgrade.ts'], testTimeout: 300_000, maxWorkers: 1 };
