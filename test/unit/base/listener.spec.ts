import { describe, expect, it } from '@jest/globals';
import { call } from '../../../lib/core/base/listener.js';

describe("a user's listener", () => {
  const fault = new Error('no');
  const fail = (): never => {
    throw fault;
  };

  it.each<[string, () => unknown]>([
    ['throws', fail],
    ['rejects', () => Promise.resolve().then(fail)],
  ])('that %s disturbs nobody: its fault is handed over', async (_how, listener) => {
    const faults: unknown[] = [];
    // A rejection that nobody takes would end this process.
    call(listener, (error) => faults.push(error));
    await new Promise(setImmediate);
    expect(faults).toEqual([fault]);
  });

  it('that is well is called once', () => {
    let calls = 0;
    call(
      () => calls++,
      (error) => {
        throw error;
      },
    );
    expect(calls).toBe(1);
  });
});
