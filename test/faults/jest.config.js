import usual from '../../jest.config.js';

/** The fault suite: one file after the other, for each kills the processes that it has started. */
export default {
  ...usual,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/faults/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/faults/support/global-teardown.ts',
  // A fault ends with a recovery, of which no test says how long it takes.
  testTimeout: 180_000,
  maxWorkers: 1,
};
