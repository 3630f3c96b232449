/** @type {import('jest').Config} */
const config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/sample-app'],
  testMatch: ['<rootDir>/test/**/*.spec.ts', '<rootDir>/sample-app/**/*.spec.ts'],
  // Packages unpacked there by tests would be taken for modules of this project.
  modulePathIgnorePatterns: ['<rootDir>/.data/'],
  moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '@swc/jest' },
  resolver: '<rootDir>/scripts/jest-resolver.cjs',
  testSequencer: '<rootDir>/scripts/jest-sequencer.cjs',
  moduleNameMapper: {
    '^nestjs-dq$': '<rootDir>/lib/index.ts',
    '^nestjs-dq/testing$': '<rootDir>/lib/testing/index.ts',
    '^nestjs-dq/otel$': '<rootDir>/lib/otel/index.ts',
    '^nestjs-dq/cron$': '<rootDir>/lib/cron/index.ts',
    '^nestjs-dq/dashboard$': '<rootDir>/lib/dashboard/index.ts',
    '^nestjs-dq/health$': '<rootDir>/lib/health/index.ts',
  },
  // Real servers are started and killed in tests; the time is a guard against hanging, not a measure of speed.
  testTimeout: 60_000,
};

export default config;
