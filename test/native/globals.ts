/** What test files import from `@jest/globals`. A module that several files use gets each time those of the file that runs. */

import type * as Jest from '@jest/globals';

type Globals = typeof Jest;

let current: Globals;

/** Called before each test file. */
export function useGlobals(globals: Globals): void {
  current = globals;
}

/** A function whose calls and properties are those of the current file's. */
function forward<N extends keyof Globals>(name: N): Globals[N] {
  return new Proxy(
    Object.assign(() => {}),
    {
      apply: (_target, _this, args) => Reflect.apply(current[name] as () => unknown, undefined, args),
      get: (_target, key) => Reflect.get(current[name], key),
    },
  );
}

export const afterAll = forward('afterAll');
export const afterEach = forward('afterEach');
export const beforeAll = forward('beforeAll');
export const beforeEach = forward('beforeEach');
export const describe = forward('describe');
export const expect = forward('expect');
export const jest = forward('jest');
export const test = forward('test');
