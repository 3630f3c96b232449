// What the contract of claim stores cannot ask: late commands, a table that loses or regains its memory, and what it costs.
import { describe, expect, it } from '@jest/globals';
import { nativeClaimKey } from '../../../../lib/core/claims/claim-key.js';
import type { ClaimChange } from '../../../../lib/embedded/claims/claim-record.js';
import { ClaimTable } from '../../../../lib/embedded/claims/claim-table.js';
import {
  A,
  again,
  asking,
  B,
  DEAD,
  DONE,
  HOUR_MS,
  LEASE_MS,
  newKey,
  RETENTION_MS,
} from '../../../contract/claim-lab.js';
import { bytesInUse } from '../../../support/heap.js';
import { tableTools } from '../../../support/claim-tables.js';
import { ManualClock } from '../../../support/manual-clock.js';

const GRANTED = { kind: 'granted', attempt: 1 };
/** The answer to one who asked too late. */
const ASK_AGAIN = { kind: 'running', ms: 1 };

function setup() {
  const clock = new ManualClock();
  const table = new ClaimTable(RETENTION_MS, clock);
  const request = (key: string, takeover = false) => asking(key, clock.now() - 1_000, takeover);
  const settle = (key: string, outcome = DONE, attempt = 1, goodUntil = 0) =>
    table.settle(A, { key, attempt, outcome, copies: 1 }, goodUntil);
  return { clock, table, request, settle };
}

describe('a late command', () => {
  it('grants nothing, whether nobody ran the job, or it waits, or the same holder has it', () => {
    const { clock, table, request, settle } = setup();
    const [fresh, waiting, held] = [newKey(), newKey(), newKey()];
    table.claim(A, request(waiting));
    settle(waiting, again(0));
    table.claim(A, request(held));
    const before = [...table.dump()];
    for (const key of [fresh, waiting, held]) expect(table.claim(A, request(key), clock.now() - 1)).toEqual(ASK_AGAIN);
    expect([...table.dump()]).toEqual(before);
    // The control: in its last good moment, it does.
    const verdicts = [fresh, waiting, held].map((key) => table.claim(A, request(key), clock.now()));
    expect(verdicts).toEqual([GRANTED, { kind: 'granted', attempt: 2 }, GRANTED]);
  });

  it('does not make a job expired', () => {
    const { clock, table } = setup();
    const key = newKey();
    const old = asking(key, clock.now() - RETENTION_MS - 1);
    expect(table.claim(A, old, clock.now() - 1)).toEqual(ASK_AGAIN);
    expect(table.claim(A, old)).toEqual({ kind: 'expired' });
  });

  it('is told what holds without it', () => {
    const { clock, table, request, settle } = setup();
    const [over, running, early] = [newKey(), newKey(), newKey()];
    settle(over);
    table.claim(B, request(running));
    const late = clock.now() - 1;
    expect(table.claim(A, request(over), late)).toEqual({ kind: 'done' });
    expect(table.claim(A, request(running), late)).toEqual({ kind: 'running', ms: LEASE_MS });
    expect(table.claim(A, asking(early, clock.now() + 5), late)).toEqual({ kind: 'early', ms: 5 });
  });

  it('takes no orphan over', () => {
    const { clock, table, request } = setup();
    const key = newKey();
    table.claim(B, request(key));
    clock.pass(LEASE_MS);
    expect(table.claim(A, request(key))).toEqual({ kind: 'orphaned' });
    const now = clock.now();
    for (const [goodUntil, takeoverUntil] of [
      [0, 0],
      [0, now - 1],
      [now - 1, now],
    ] as const)
      expect(table.claim(A, request(key, true), goodUntil, takeoverUntil)).toEqual(ASK_AGAIN);
    expect(table.claim(A, request(key, true), now, now)).toEqual({ kind: 'granted', attempt: 2 });
  });

  it('does not take back an attempt that was not to be counted, and settles every other way', () => {
    const { clock, table, request, settle } = setup();
    const key = newKey();
    table.claim(A, request(key));
    expect(settle(key, again(0, false), 1, clock.now() - 1)).toBe('late');
    expect(table.claim(B, request(key))).toMatchObject({ kind: 'running' });
    expect(settle(key, again(0, false), 1, clock.now())).toBe('settled');
    for (const outcome of [DONE, DEAD, again(5)]) expect(settle(newKey(), outcome, 1, clock.now() - 1)).toBe('settled');
  });
});

describe('a table', () => {
  it('comes back with an older state, and keeps that state whatever follows', () => {
    const { table, request, settle } = setup();
    const [first, second] = [newKey(), newKey()];
    table.claim(A, request(first));
    table.admit({ key: first, generation: 'g', dueMs: 1 });
    const snapshot = table.snapshot();
    settle(first);
    table.claim(A, request(second));
    table.conclude({ key: first, generation: 'g', dueMs: 0, written: true });
    for (let time = 0; time < 2; time++) {
      table.restore(snapshot);
      expect(table.claim(B, request(first))).toMatchObject({ kind: 'running' });
      expect(table.admit({ key: first, generation: 'h', dueMs: 1 })).toMatchObject({ state: 'pending' });
      expect(table.claim(B, request(second))).toEqual(GRANTED);
      expect(settle(first)).toBe('settled');
    }
  });

  it('loses everything', () => {
    const { table, request } = setup();
    const empty = table.snapshot();
    const key = newKey();
    table.claim(A, request(key));
    table.admit({ key, generation: 'g', dueMs: 1 });
    table.restore(empty);
    expect([table.size, [...table.dump()]]).toEqual([0, []]);
    expect(table.claim(B, request(key))).toEqual(GRANTED);
  });

  it('is the same when it is put back from what was dumped or watched, as JSON', async () => {
    const { clock, table, request, settle } = setup();
    const told: ClaimChange[] = [];
    table.watch((change) => told.push(change));
    for (const outcome of [DONE, DEAD, again(LEASE_MS)]) {
      const key = newKey();
      table.claim(A, request(key));
      settle(key, outcome);
    }
    const [running, foreign, revoked, pending, scheduled, failed] = Array.from({ length: 6 }, newKey) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    table.claim(A, request(running));
    await tableTools(table, () => clock.now()).putForeign(foreign, HOUR_MS);
    table.claim(A, request(foreign));
    table.revoke({ key: revoked, copies: 1, dueMs: undefined });
    for (const key of [pending, scheduled, failed]) table.admit({ key, generation: 'g', dueMs: 7 });
    table.conclude({ key: scheduled, generation: 'g', dueMs: 0, written: true });
    table.conclude({ key: failed, generation: 'g', dueMs: 0, written: false });
    const dump = [...table.dump()];
    expect(dump).toHaveLength(9);
    for (const changes of [dump, told]) {
      const copy = new ClaimTable(RETENTION_MS, clock);
      copy.load(JSON.parse(JSON.stringify(changes)) as ClaimChange[]);
      expect([...copy.dump()]).toEqual(dump);
      expect(copy.keeps(revoked)).toBe(table.keeps(revoked));
    }
  });

  it('tells nobody of what it is given back', () => {
    const { table, request } = setup();
    table.claim(A, request(newKey()));
    const told: ClaimChange[] = [];
    table.watch((change) => told.push(change));
    table.load([...table.dump()]);
    table.restore(table.snapshot());
    expect(told).toEqual([]);
    table.claim(A, request(newKey()));
    expect(told).toHaveLength(1);
  });

  it('forgets by itself, a sweep does it at once', () => {
    const { clock, table, settle } = setup();
    const [over, left, dead] = [newKey(), newKey(), newKey()];
    settle(over);
    settle(left);
    settle(dead, DEAD);
    table.admit({ key: over, generation: 'g', dueMs: 1 });
    table.account({ key: over, copies: 1, gone: 1 });
    clock.pass(HOUR_MS + 1);
    table.sweep();
    expect([table.size, table.keeps(over)]).toEqual([3, undefined]);
    clock.pass(RETENTION_MS);
    table.sweep();
    expect([table.size, table.keeps(left), table.keeps(over, 'admission')]).toEqual([1, undefined, undefined]);
  });
});

describe('a settled claim', () => {
  it('costs little more than its key', async () => {
    const { clock, table } = setup();
    const JOBS = 200_000;
    const before = await bytesInUse();
    for (let at = 0; at < JOBS; at++) {
      if (at % 1_000 === 0) clock.step(20);
      // As keys come: made of parts, the id cut from a longer text.
      const id = `{"v":1,"id":"job-number-${1_000_000_000 + at}","n":1}`.slice(13, 34);
      const key = nativeClaimKey('a-tube', id);
      table.claim(A, { key, dueMs: 1_767_000_000_000, takeover: false });
      table.settle(A, { key, attempt: 1, outcome: DONE, copies: 1 });
      table.account({ key, copies: 1, gone: 1 });
    }
    expect(table.size).toBe(JOBS);
    const bytes = ((await bytesInUse()) - before) / JOBS;
    expect(bytes).toBeGreaterThan(30);
    expect(bytes).toBeLessThan(160);
  });
});
