import config from './jest.config.js';

/** With Debian's own clients: run where `mosquitto_pub` is installed. */
export default { ...config, testMatch: ['<rootDir>/test/**/*.debian.ts'] };
