export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  coverageProvider: 'v8',
  testMatch: ['<rootDir>/test/**/*.test.ts?(x)'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/cdk.out/'],
  transform: { '\\.tsx?$': '<rootDir>/test/esbuild-transform.cjs' },
};
