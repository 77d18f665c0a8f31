/** Jest strips the types itself; the tests run as native ES modules. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // They kill what they test, or need a browser, and have their own runs: `npm run test:faults`, `test:browser`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/faults/', '<rootDir>/test/browser/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  coverageProvider: 'v8',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
};
