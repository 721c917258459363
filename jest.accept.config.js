import config from './jest.config.js';

const END_TO_END = '<rootDir>/test/end-to-end';

// Of a stack in use, requests and answers alone; the rest counts all that is stored, and wants a stack made for it.
const suite =
  process.env.AMPHORA_TARGET === 'aws'
    ? [`${END_TO_END}/*.test.ts`]
    : [`${END_TO_END}/bad-fields.test.ts`, `${END_TO_END}/bad-input.test.ts`];

/** A deployed stack: `npm run accept:aws` starts it, and says which one. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/accept/*.accept.ts', ...suite],
  testTimeout: 90_000,
  maxWorkers: 1,
};
