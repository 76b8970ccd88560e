import testSequencer from '@jest/test-sequencer';

/** The package's types describe what `require` gives; `import` gives the class itself. */
const Sequencer = testSequencer as unknown as typeof testSequencer.default;
type Test = Parameters<InstanceType<typeof Sequencer>['sort']>[0][number];

/** The tests that compute longest, in the smallest files. */
const longest = '/test/conformance/';

/**
 * In a fresh clone, Jest does not know how long a file takes and begins with the largest ones. The longest tests would
 * begin last, and keep a run waiting for them.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    const sorted = await super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return [true, false].flatMap((isLong) => sorted.filter(({ path }) => path.includes(longest) === isLong));
  }
}
