// What is told of a job that failed.
import { describe, expect, it } from '@jest/globals';
import type { Holder, SettleRequest } from '../../../lib/core/claims/claim-store.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { RunsBed } from './runs-bed.js';

/** Another consumer has every job by the time its result is told. */
class Refusing extends StubClaimStore {
  override async settle(tube: string, holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    await super.settle(tube, holder, requests);
    return requests.map(() => false);
  }
}

describe.each([
  ['job-dead', 1],
  ['job-failed', 2],
] as const)('of a job that failed is told %s', (type, attempts) => {
  const thrown = new Error('no connection');
  const begin = (store: StubClaimStore): RunsBed =>
    new RunsBed(
      store,
      () => {
        throw thrown;
      },
      { attempts },
    );

  it('with its handler and what that threw', async () => {
    const bed = begin(new StubClaimStore());
    await bed.start();
    expect(bed.told).toEqual([type, 'settled']);
    expect(bed.events).toMatchObject([{ type, tube: 'orders', handler: 'Jobs.run', attempt: 1, error: thrown }]);
  });

  it('at once, also while the claim store is away, and once', async () => {
    const store = new StubClaimStore();
    store.away = true;
    const bed = begin(store);
    await bed.start();
    expect(bed.told).toEqual([type]);
    store.away = false;
    bed.runs.settleAgain();
    await bed.clock.settle();
    expect(bed.told).toEqual([type, 'settled']);
  });

  it('and that it does not stand, when another consumer has the job', async () => {
    const bed = begin(new Refusing());
    await bed.start();
    expect(bed.told).toEqual([type, 'result-refused', 'refused']);
    const [first, refused] = bed.events as { readonly id?: string; readonly attempt?: number }[];
    expect([refused?.id, refused?.attempt]).toEqual([first?.id, first?.attempt]);
  });
});
