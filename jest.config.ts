import type { Config } from 'jest';

/** Tests run what production runs: Node strips the types, ES modules stay as they are. */
const config: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.mjs' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.headwater/'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  setupFiles: ['<rootDir>/test/harness/plugin-names.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/harness/only-reads.ts'],
  testTimeout: 60_000,
  // Tests mostly wait for other processes: a second worker uses the time, more would only crowd two cores.
  maxWorkers: 2,
  // Modules of earlier files stay in a worker's memory, and collecting garbage among them slows the later ones.
  workerIdleMemoryLimit: '700MB',
  // Open handles of Temporal's native side outlive its clean shutdown by a moment.
  forceExit: true,
  coverageProvider: 'v8',
};
export default config;
