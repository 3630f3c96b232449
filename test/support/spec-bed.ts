import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';

/** What the tests of a spec stand on: servers, and whatever is opened on them. */
export interface SpecBed {
  /** Once, before the first test. */
  start(): Promise<void>;
  /** Before each test. */
  begin(): void;
  /** After each test: closes what it opened, and fails when something is left. */
  end(): Promise<void>;
  /** Once, after the last test. */
  stop(): Promise<void>;
}

/**
 * Starts and stops the bed with the spec, or the `describe`, that calls this. Jest runs `afterEach` hooks in the order of
 * their registration: one that closes something the bed does not know stands before the call, or in a `describe` inside.
 */
export function specBed<Bed extends SpecBed>(bed: Bed): Bed {
  beforeAll(() => bed.start());
  beforeEach(() => bed.begin());
  afterEach(() => bed.end());
  afterAll(() => bed.stop());
  return bed;
}
