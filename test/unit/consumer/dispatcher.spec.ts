// What is due is claimed, and what is granted starts: how much, when, and what happens to a grant that came too late.
import { describe, expect, it } from '@jest/globals';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { DispatcherBed } from './dispatcher-bed.js';
import { bring, heldJob } from './held-jobs.js';

describe('starts', () => {
  it.each([
    [900, 1, 0],
    // Suspended, or starved: the answer lay in the socket while the lease ran.
    [1_100, 0, 1],
    [60_000, 0, 1],
  ])(
    'count a lease from when its claim was sent: answered after %i ms, %i start and %i go back',
    async (ms, start, back) => {
      const bed = new DispatcherBed();
      bed.ask(1);
      await bed.answered(ms);
      expect([bed.started.length, bed.givenBack.length]).toEqual([start, back]);
    },
  );

  it.each([
    ['no job ahead of its slot where a job has one attempt only', 1, undefined, 2],
    ['no job ahead of its slot that says itself that it has one attempt only', 5, 1, 2],
    ['a job ahead of its slot that says that it has more (control)', 1, 3, 3],
  ])('claim %s', async (_what, ofTube, attempts, claimed) => {
    const bed = new DispatcherBed(ofTube, 2);
    bed.measure();
    bed.add(50, attempts === undefined ? undefined : { attempts });
    await bed.claims();
    expect(Math.min(bed.starts.busy, 3)).toBe(claimed);
  });

  it('keep the next slot for a job whose consumer died, although a line stands there that would take them all', async () => {
    const bed = new DispatcherBed(5, 2);
    bed.measure();
    bed.add(500);
    await bed.claims();
    const claimed = bed.starts.busy;
    expect(claimed).toBeGreaterThan(2);
    await bed.answered();
    const orphan = bring(heldJob(), 'claiming');
    bed.orphans.add(orphan);
    bed.starts.claim();
    // What was claimed already runs first; nothing is claimed in its place.
    for (let ended = 0; ended < claimed - 1; ended++) {
      expect(orphan.state).toBe('orphaned');
      bed.end();
    }
    expect([bed.started.length, orphan.state]).toEqual([claimed, 'claiming']);
  });
});

describe('a grant that is older than a second', () => {
  /** By then a lease of 30 s is not half over. */
  const slow = (concurrency = 1): DispatcherBed => new DispatcherBed(5, concurrency, 30_000);

  it.each([
    [GRANT_GOOD_MS, 1, 1],
    [GRANT_GOOD_MS + 1, 0, 2],
  ])('answered after %i ms: %i start, after %i claims', async (ms, started, claims) => {
    const bed = slow();
    bed.ask(1);
    await bed.answered(ms);
    expect([bed.started.length, bed.starts.asked, bed.givenBack]).toEqual([started, claims, []]);
  });

  it('is asked for again, and begins with the answer to that', async () => {
    const bed = slow();
    bed.ask(1);
    await bed.answered(1_500);
    await bed.answered(10);
    expect([bed.started.length, bed.starts.asked, bed.givenBack, bed.starts.idle]).toEqual([1, 2, [], true]);
  });

  it('is not begun behind a handler that held the event loop: each turn begins one at least', async () => {
    const bed = slow(3);
    bed.block(1_500);
    bed.ask(3);
    const starts = [];
    for (let turn = 0; turn < 3; turn++) {
      await bed.answered(10);
      starts.push(bed.started.length);
    }
    expect([starts, bed.givenBack]).toEqual([[1, 2, 3], []]);
  });

  it('begins all the same where the store has taken longer than a second three times in a row', async () => {
    const bed = slow();
    bed.ask(1);
    for (let answer = 0; answer < 2; answer++) await bed.answered(1_500);
    expect(bed.started).toHaveLength(0);
    await bed.answered(1_500);
    expect([bed.started.length, bed.starts.asked]).toEqual([1, 3]);
  });

  it('does not begin where one of them came in time (control)', async () => {
    const bed = slow(3);
    bed.ask(1);
    for (const ms of [1_500, 1_500]) await bed.answered(ms);
    await bed.answered(10);
    bed.ask(1);
    await bed.answered(1_500);
    expect([bed.started.length, bed.starts.asked]).toEqual([1, 5]);
  });

  it('leaves the attempt with the job where its tube is paused by then, so that it is given back', async () => {
    const bed = slow();
    bed.ask(1);
    await bed.answered(1_500);
    bed.store.told = [{ kind: 'paused' }];
    await bed.answered(10);
    expect(bed.paused.map(({ attempt }) => attempt)).toEqual([1]);
    expect([bed.started, bed.starts.idle]).toEqual([[], true]);
  });
});

describe('starts of jobs with keys', () => {
  const HANDLE = 'node-7:11300/orders/7,node-8:11300/orders/8,id-of-it';

  it('name their slots when they are claimed', async () => {
    const bed = new DispatcherBed();
    const job = bed.addKeyed();
    await bed.claimed({ kind: 'granted', attempt: 1 });
    expect(bed.store.calls[0]?.request).toMatchObject([{ key: 'dq:{orders}:id-of-it', slot: 'dq:{orders}@order-1' }]);
    expect(bed.started).toEqual([job]);
  });

  it('commit what its producer left, with the copies that are here, and have it asked for again', async () => {
    const bed = new DispatcherBed();
    const job = bed.addKeyed();
    await bed.claimed({ kind: 'unborn' });
    const commit = { slot: 'dq:{orders}@order-1', id: 'id-of-it', dueMs: 0, handle: HANDLE, reserved: undefined };
    expect(bed.store.commits).toEqual([[commit]]);
    expect([bed.committed, bed.started, bed.starts.idle]).toEqual([[job], [], true]);
  });

  it('have nothing but what is doubtful where that is not answered', async () => {
    const bed = new DispatcherBed();
    const job = bed.addKeyed();
    await bed.claims();
    bed.store.told = [{ kind: 'unborn' }];
    bed.store.away = true;
    await bed.answered();
    expect([bed.committed, bed.unanswered, bed.starts.idle]).toEqual([[], [job], true]);
  });

  it('are looked for again where that is refused, and the store is not taken to be away', async () => {
    const bed = new DispatcherBed();
    const job = bed.addKeyed();
    bed.store.committing = { kind: 'refused', error: new DqClaimStoreError('of a later release') };
    await bed.claimed({ kind: 'unborn' });
    expect(bed.denied).toEqual([[job, { kind: 'running', ms: 0 }]]);
    expect([bed.committed, bed.unanswered, bed.starts.idle]).toEqual([[], [], true]);
  });

  it.each([
    // The clock of Redis is ahead of this one: the later one wins.
    [700, 0, [700]],
    [0, 1, []],
    [-700, 1, []],
  ])('moved to %i ms from now by this clock: %i start, others go back for so long', async (ms, started, back) => {
    const bed = new DispatcherBed();
    const job = bed.addKeyed();
    const movedMs = bed.clock.now() + ms;
    await bed.claimed({ kind: 'granted', attempt: 1, movedMs });
    expect([bed.started.length, bed.backFor, job.dueMs]).toEqual([started, back, movedMs]);
  });
});
