// @ts-check
const { default: Sequencer } = require('@jest/test-sequencer');

/** Takes minutes, which Jest knows only where it ran before: it begins with the largest file otherwise. */
const LONGEST = '/test/faults/matrix.spec.ts';

/** Begins with what would keep one worker busy when the others have ended. */
class LongestFirst extends Sequencer {
  /**
   * @override
   * @param {import('jest-runner').Test[]} tests
   * @returns {Promise<import('jest-runner').Test[]>}
   */
  async sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array
    const sorted = await super.sort(tests);
    return sorted.toSorted((one, other) => Number(other.path.endsWith(LONGEST)) - Number(one.path.endsWith(LONGEST)));
  }
}

module.exports = LongestFirst;
