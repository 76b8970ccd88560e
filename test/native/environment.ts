import { TestEnvironment } from 'jest-environment-node';

const builtIns = Object.getOwnPropertyNames(globalThis).filter(
  (name) => /^[A-Z]/.test(name) && typeof Reflect.get(globalThis, name) === 'function',
);

/**
 * Jest's own code, such as `expect`, has a context of its own for each test file. The test's values come from the
 * process, so `expect.any(Number)` has to mean the process's `Number`.
 */
export default class NativeEnvironment extends TestEnvironment {
  readonly #variables = { ...process.env };

  override async setup(): Promise<void> {
    await super.setup();
    for (const name of builtIns) Reflect.set(this.global, name, Reflect.get(globalThis, name));
  }

  /** The next file in this process finds its environment variables and functions as they were. */
  override async teardown(): Promise<void> {
    this.moduleMocker?.restoreAllMocks();
    for (const name of Object.keys(process.env)) if (!(name in this.#variables)) delete process.env[name];
    Object.assign(process.env, this.#variables);
    await super.teardown();
  }
}
