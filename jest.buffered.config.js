import config from './jest.config.js';

// How the local runtime of test/end-to-end ingests; its tests inherit it.
process.env.AMPHORA_INGEST = 'buffered';

const END_TO_END = '<rootDir>/test/end-to-end';

/**
 * With a queue before the writer: of the end-to-end suite, the files that try the queue hardest. The proofs of test/no-loss
 * run in both modes wherever they run.
 */
export default {
  ...config,
  testMatch: ['bad-fields', 'outage'].map((name) => `${END_TO_END}/${name}.test.ts`),
};
