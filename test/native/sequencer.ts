import testSequencer from '@jest/test-sequencer';

/** The package's types describe what `require` gives; `import` gives the class itself. */
const Sequencer = testSequencer as unknown as typeof testSequencer.default;
type Test = Parameters<InstanceType<typeof Sequencer>['sort']>[0][number];

/** Folders with the tests that take longest, and mostly wait while others use the processor. */
const longest = ['/test/conformance/', '/test/durability/', '/test/web/', '/test/sync/', '/test/vectors/'];

/**
 * In a fresh clone, Jest does not know how long a file takes and begins with the largest ones, so that some of the
 * longest begin last and keep a run waiting for them.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    const sorted = await super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ path }: Test): number {
  const place = longest.findIndex((folder) => path.includes(folder));
  return place === -1 ? longest.length : place;
}
