import type { Config } from 'jest';

/** Tests run what production runs: Node loads the modules and strips the types. */
const config: Config = {
  testEnvironment: '<rootDir>/test/native/environment.ts',
  // Jest would change what a finished file has left in its context, and here the built-ins are the process's.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  runtime: '<rootDir>/test/native/runtime.ts',
  testSequencer: '<rootDir>/test/native/sequencer.ts',
  transform: {},
  testMatch: ['<rootDir>/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.headwater/'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/harness/first-runtime.ts', '<rootDir>/test/harness/only-reads.ts'],
  testTimeout: 60_000,
  // Tests mostly wait for other processes: three workers keep two cores busy.
  maxWorkers: 3,
  // What a process keeps of finished files slows its garbage collector, so it ends and another one takes its place.
  workerIdleMemoryLimit: '1200MB',
  // Open handles of Temporal's native side outlive its clean shutdown by a moment.
  forceExit: true,
};
export default config;
