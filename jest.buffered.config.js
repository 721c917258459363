import config from './jest.config.js';

// How the local runtime of test/end-to-end ingests; its tests inherit it.
process.env.AMPHORA_INGEST = 'buffered';

const END_TO_END = '<rootDir>/test/end-to-end';

/** With a queue before the writer: of the end-to-end suite, the files that try the queue hardest. */
export default {
  ...config,
  testMatch: ['bad-fields', 'kill-nine', 'outage'].map((name) => `${END_TO_END}/${name}.test.ts`),
};
