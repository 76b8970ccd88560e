import type { Config } from 'jest';

/** Tests run what production runs: Node strips the types, ES modules stay as they are. */
const config: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.mjs' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.headwater/'],
  coverageProvider: 'v8',
};
export default config;
