import { describe, expect, it } from '@jest/globals';
import type { HeldState } from '../../../lib/core/consumer/held-job.js';
import { bring, heldJob } from './held-jobs.js';

describe('a held job', () => {
  it.each([
    [
      'running',
      'it is settled, or asked for again where it was not begun in time, before it is in line again',
      'ready',
    ],
    ['left', 'its copies are on their way, so it never comes back', 'waiting'],
    ['waiting', 'it is not claimed before its time', 'claiming'],
    ['doubtful', 'the claim may be ours, but nobody has said so', 'running'],
  ] as const)('that is %s does not move on: %s', (state, _why, next: HeldState) => {
    const job = bring(heldJob(), state);
    expect(() => job.become(next)).toThrow(`is ${state} cannot become ${next}`);
    expect(job.state).toBe(state);
  });
});
