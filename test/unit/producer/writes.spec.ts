import { expect, it } from '@jest/globals';
import { type ProducerParts, Writes } from '../../../lib/core/producer/writes.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { settles } from '../../support/wait.js';

it('what is under way is waited for by any number, as when an application is closed twice', async () => {
  const parts = { store: new StubClaimStore(), clock: new ManualClock() } as unknown as ProducerParts;
  const writes = new Writes('orders', parts);
  let end = (): void => {};
  const work = writes.during(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const waiting = Promise.all([writes.idle(), writes.idle()]);
  end();
  await work;
  expect(await settles(waiting, 1_000)).toBe(true);
});
