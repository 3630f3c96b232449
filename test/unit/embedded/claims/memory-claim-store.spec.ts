// The claim store in memory: the contract, and closing.
import { describe, expect, it } from '@jest/globals';
import { DqClaimStoreError } from '../../../../lib/core/errors/connection.errors.js';
import { STALE_ADMISSION_MS } from '../../../../lib/core/claims/retention.js';
import { ClaimTable } from '../../../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../../../lib/embedded/claims/memory-claim-store.js';
import {
  A,
  asking,
  type ClaimStoreFixture,
  DONE,
  newKey,
  newSlot,
  RETENTION_MS,
  TUBE,
} from '../../../contract/claim-lab.js';
import { claimStoreContract } from '../../../contract/claim-store.contract.js';
import { tableTools } from '../../../support/claim-tables.js';
import { ManualClock } from '../../../support/manual-clock.js';

async function openFixture(): Promise<ClaimStoreFixture> {
  // The contract's jobs were due a minute before the time of day.
  const clock = new ManualClock(Date.now());
  const table = new ClaimTable(RETENTION_MS, clock);
  const [store, other] = [new MemoryClaimStore(table), new MemoryClaimStore(table)];
  return {
    store,
    other,
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    ...tableTools(table, () => clock.now()),
    close: async () => {
      await Promise.all([store.close(), other.close()]);
    },
  };
}

describe('claim store in memory', () => {
  claimStoreContract(openFixture);
});

describe('an equal of what waits under a key in memory', () => {
  it('is written once that should have begun long since: it may have no copies any more', async () => {
    const clock = new ManualClock();
    const table = new ClaimTable(RETENTION_MS, clock);
    const slot = newSlot();
    let calls = 0;
    const ask = () =>
      table.reserveKey(TUBE, { slot, id: `job-${++calls}`, dueMs: clock.now(), policy: 'replace', hash: 'same' });
    const stand = (): void => {
      const { id, dueMs } = { id: `job-${calls + 1}`, dueMs: clock.now() };
      const reserved = ask();
      if (reserved.kind !== 'reserved') throw new Error(`expected a reservation, got ${reserved.kind}`);
      const said = { ...reserved, policy: 'replace', hash: 'same' } as const;
      table.commitKey(TUBE, { slot, id, dueMs, handle: id, reserved: said });
    };
    stand();
    await clock.advance(STALE_ADMISSION_MS);
    expect(ask().kind).toBe('postponed');
    await clock.advance(STALE_ADMISSION_MS + 1);
    stand();
    await clock.advance(1_000);
    expect(ask().kind).toBe('postponed');
  });
});

describe('a closed claim store in memory', () => {
  const key = newKey();
  const calls: readonly (readonly [string, (store: MemoryClaimStore) => Promise<unknown>])[] = [
    ['claim', (store) => store.claim(TUBE, A, [asking(key)])],
    ['settle', (store) => store.settle(TUBE, A, [{ key, attempt: 1, outcome: DONE, copies: 3 }])],
    ['renew', (store) => store.renew(TUBE, A, [{ key, attempt: 1 }])],
    ['account', (store) => store.account(TUBE, [{ key, copies: 3, gone: 1 }])],
    ['revoke', (store) => store.revoke(TUBE, { key, copies: 3, dueMs: 0 })],
    ['describeDead', (store) => store.describeDead(TUBE, [key])],
    ['resolveDead', (store) => store.resolveDead(TUBE, [key], 'retry')],
    ['admit', (store) => store.admit(TUBE, [{ key, generation: 'g', dueMs: 0 }])],
    ['conclude', (store) => store.conclude(TUBE, [{ key, generation: 'g', dueMs: 0, written: true }])],
    ['reserveKeys', (store) => store.reserveKeys(TUBE, [])],
    ['commitKeys', (store) => store.commitKeys(TUBE, [])],
    ['cancelKey', (store) => store.cancelKey(TUBE, newSlot())],
    ['moveKey', (store) => store.moveKey(TUBE, newSlot(), 0)],
    ['findKey', (store) => store.findKey(TUBE, newSlot())],
    ['ping', (store) => store.ping(TUBE)],
  ];

  it.each(calls)('rejects %s, and the claims stay with its table', async (_name, call) => {
    const table = new ClaimTable(RETENTION_MS, new ManualClock(Date.now()));
    const [closed, open] = [new MemoryClaimStore(table), new MemoryClaimStore(table)];
    await closed.close();
    await closed.close();
    await expect(call(closed)).rejects.toThrow(DqClaimStoreError);
    expect(table.size).toBe(0);
    // The control: another store on the same table serves the same call.
    await expect(call(open)).resolves.not.toThrow();
  });
});
