import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import jestRuntime from 'jest-runtime';
import { useGlobals } from './globals.ts';

const globals = new URL('globals.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, resolveNext) =>
    specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : resolveNext(specifier, context),
});

/** The package's types describe what `require` gives; `import` gives the class itself. */
const Runtime = jestRuntime as unknown as typeof jestRuntime.default;

let imports = 0;

/**
 * Loads test files as Node loads programs. Jest's own runtime evaluates all modules anew for each test file, in a context
 * whose code is compiled from the beginning, which took a quarter of the suite's time. Here a process loads each module
 * once, so its state lasts from one file to the next, as in production.
 *
 * `import … from '@jest/globals'` gives {@link useGlobals the functions of the file that runs}.
 */
export default class NativeRuntime extends Runtime {
  override unstable_shouldLoadAsEsm(_path: string): boolean {
    return true;
  }

  /** Test files, and files that Jest's config wants to run before each of them: their address is always a new one. */
  override async unstable_importModule(path: string): Promise<void> {
    imports += 1;
    await import(`${pathToFileURL(path).href}?${imports}`);
  }

  override setGlobalsForRuntime(given: Parameters<jestRuntime.default['setGlobalsForRuntime']>[0]): void {
    super.setGlobalsForRuntime(given);
    useGlobals(this.requireModuleOrMock(import.meta.filename, '@jest/globals'));
  }
}
