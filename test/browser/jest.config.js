import usual from '../../jest.config.js';

/** A browser against a real house: one file after the other, as a browser takes a whole core. */
export default {
  ...usual,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/browser/support/global-setup.ts',
  testTimeout: 60_000,
  maxWorkers: 1,
};
