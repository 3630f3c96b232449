// A tube is paused and resumed under a clock that stands still unless the test moves it.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ClaimRequest, ClaimVerdict, Holder } from '../../../lib/core/claims/claim-store.js';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import type { DqJob } from '../../../lib/core/consumer/dq-job.js';
import { DqAgain } from '../../../lib/core/consumer/outcome.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import type { ClaimCall } from '../../../lib/embedded/claims/claim-call.js';
import { MemoryClaimStore } from '../../../lib/embedded/claims/memory-claim-store.js';
import type { ClaimTable } from '../../../lib/embedded/claims/claim-table.js';
import { Gate } from '../../support/gate.js';
import { ConsumerBed, ids } from './consumer-bed.js';

const TUBE = 'orders';
const SECONDS = 10;

/** It is elsewhere, counts what is asked of it, and may lose its answers. */
class CountedStore extends MemoryClaimStore {
  readonly asked: Record<string, number> = {};
  /** Each call is carried out, and its answer lost. */
  mute = false;
  /** Before a claim is answered. */
  answer: Promise<void> = Promise.resolve();

  constructor(table: ClaimTable, where: 'here' | 'elsewhere' = 'elsewhere') {
    super(table, where);
  }

  override async claim(
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const verdicts = await super.claim(tube, holder, requests);
    await this.answer;
    return verdicts;
  }

  protected override async carryOut<T>(call: ClaimCall, work: (table: ClaimTable) => T): Promise<T> {
    this.asked[call.operation] = (this.asked[call.operation] ?? 0) + 1;
    const done = await super.carryOut(call, work);
    if (this.mute) throw new DqClaimStoreError('The answer was lost.');
    return done;
  }
}

/** It is in this process: it tells of a pause by itself. */
class NearStore extends CountedStore {
  constructor(table: ClaimTable) {
    super(table, 'here');
  }
}

let bed: ConsumerBed;
let gate: Gate;
let jobs: DqJob[];
afterEach(async () => {
  gate.open();
  await bed.close();
});

function begin(
  concurrency: number,
  handler: (id: string) => unknown = () => undefined,
  kind: typeof NearStore | typeof CountedStore = CountedStore,
): CountedStore {
  gate = new Gate();
  jobs = [];
  bed = new ConsumerBed(
    concurrency,
    (id, job) => {
      jobs.push(job);
      return handler(id);
    },
    kind,
  );
  bed.consumer.start();
  return bed.store as CountedStore;
}

function takes(ms: number): () => Promise<void> {
  return () => new Promise((resolve) => void bed.clock.after(ms, resolve));
}

async function pause(): Promise<void> {
  await bed.store.pauses.pause(TUBE, { forMs: undefined, reason: '' });
}

/** It has been paused for as long as a grant is good. */
async function paused(): Promise<void> {
  await pause();
  await bed.clock.advance(GRANT_GOOD_MS);
}

async function resumed(ms = 5_000): Promise<void> {
  await bed.store.pauses.resume(TUBE);
  await bed.clock.advance(ms);
}

describe('while its tube is paused a consumer', () => {
  it('begins nothing, holds nothing, and asks once a second; then each job runs once', async () => {
    const store = begin(10, takes(1));
    await bed.put(ids(1_000));
    await bed.clock.advance(30);
    await paused();
    const { length } = bed.ran;
    expect([length > 0, length < 1_000]).toEqual([true, true]);
    for (const operation of Object.keys(store.asked)) delete store.asked[operation];
    const reserves = bed.consumer.signs.lanes.map(({ answers }) => answers);
    await bed.clock.advance(SECONDS * 1_000);
    expect(bed.ran).toHaveLength(length);
    // Those that ended before are told of once.
    expect({ 'an account of copies': 1, ...store.asked }).toEqual({
      'a look at a pause': SECONDS,
      'an account of copies': 1,
    });
    expect(bed.consumer.signs.lanes.map(({ answers }) => answers)).toEqual(reserves);
    expect(bed.waiting).toEqual(bed.left);
    expect(bed.consumer.signs).toMatchObject({ paused: true, claimable: 0, waiting: 0 });
    expect(bed.consumer.signs.lanes.every(({ able, held }) => !able && held === 0)).toBe(true);
    await resumed();
    expect([bed.ran.length, new Set(bed.ran).size, bed.left]).toEqual([1_000, 1_000, [0, 0, 0]]);
    expect(new Set(jobs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(bed.told).toEqual(['tube-paused', 'tube-resumed']);
  });

  it('lets what runs go on, and has its results stand', async () => {
    begin(10, () => gate.opened);
    await bed.put(ids(5));
    await bed.clock.advance(50);
    expect(bed.ran).toHaveLength(5);
    await paused();
    await bed.put(ids(1, 'later'));
    gate.open();
    await bed.clock.advance(1_000);
    expect([bed.ran.length, bed.left]).toEqual([5, [1, 1, 1]]);
    await resumed();
    expect([bed.ran.length, bed.left]).toEqual([6, [0, 0, 0]]);
  });

  it('tries nothing again that its handler puts off', async () => {
    let runs = 0;
    begin(10, () => (runs++ < 20 ? new DqAgain(100) : undefined));
    await bed.put(ids(2));
    await bed.clock.advance(300);
    await paused();
    const { length } = bed.ran;
    await bed.clock.advance(10_000);
    expect([bed.ran.length, bed.left]).toEqual([length, [2, 2, 2]]);
    await resumed(10_000);
    expect([bed.ran.length, bed.left]).toEqual([22, [0, 0, 0]]);
  });

  it('gives back what it was granted and has no slot for, without an attempt', async () => {
    begin(1, takes(200));
    await bed.put(ids(10));
    await bed.clock.advance(100);
    await paused();
    await bed.clock.advance(10_000);
    await resumed(10_000);
    expect([bed.ran.length, new Set(jobs.map(({ attempt }) => attempt)), bed.left]).toEqual([
      10,
      new Set([1]),
      [0, 0, 0],
    ]);
  });

  it('keeps what may be its own, and gets the same attempt', async () => {
    const store = begin(5);
    await bed.clock.settle();
    store.mute = true;
    await bed.put(ids(3));
    await bed.clock.advance(1_000);
    // It is paused; its answer is lost, as others are.
    await pause().catch(() => undefined);
    store.mute = false;
    await bed.clock.advance(10_000);
    expect([bed.ran, bed.consumer.signs.paused, bed.waiting.some((copies) => copies < 3)]).toEqual([[], true, true]);
    await resumed();
    expect(jobs.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(bed.left).toEqual([0, 0, 0]);
  });

  it('does not begin by a grant from before, and gives that back', async () => {
    const store = begin(5);
    store.answer = gate.opened;
    await bed.put(ids(3));
    await bed.clock.advance(10);
    await pause();
    await bed.clock.advance(GRANT_GOOD_MS + 1);
    gate.open();
    await bed.clock.advance(1_000);
    expect([bed.ran, bed.waiting]).toEqual([[], [3, 3, 3]]);
    await resumed();
    expect([jobs.map(({ attempt }) => attempt), bed.left]).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  it('stops with nothing left in it', async () => {
    begin(5);
    await pause();
    await bed.put(ids(20));
    await bed.clock.advance(3_000);
    const stopped = bed.consumer.stop(1_000);
    await bed.clock.advance(5_000);
    await stopped;
    expect([bed.ran, bed.waiting]).toEqual([[], [20, 20, 20]]);
  });
});

it('a consumer that was idle finds the pause with its first job', async () => {
  begin(5);
  await bed.clock.advance(5_000);
  await paused();
  expect(bed.told).toEqual([]);
  await bed.put(ids(1));
  await bed.clock.advance(1_000);
  expect([bed.told, bed.ran, bed.waiting]).toEqual([['tube-paused'], [], [1, 1, 1]]);
});

it('a pause that ends by itself is over within a second', async () => {
  begin(5);
  await bed.store.pauses.pause(TUBE, { forMs: 5_000, reason: '' });
  await bed.put(ids(4));
  await bed.clock.advance(4_900);
  expect(bed.ran).toEqual([]);
  await bed.clock.advance(1_200);
  expect([bed.ran.length, bed.told]).toEqual([4, ['tube-paused', 'tube-resumed']]);
});

describe('where the store is in its process, a consumer', () => {
  it('begins nothing from the moment of a pause on, by no grant from before either, and goes on at the resume', async () => {
    const store = begin(2, takes(200), NearStore);
    await bed.put(ids(10));
    await bed.clock.advance(100);
    store.answer = gate.opened;
    await bed.put(ids(10, 'later'));
    await bed.clock.advance(150);
    const { length } = bed.ran;
    await pause();
    expect(bed.told).toEqual(['tube-paused']);
    gate.open();
    await bed.clock.advance(5_000);
    expect([length > 0, bed.ran.length]).toEqual([true, length]);
    store.answer = Promise.resolve();
    await bed.store.pauses.resume(TUBE);
    expect(bed.told).toEqual(['tube-paused', 'tube-resumed']);
    await bed.clock.advance(10_000);
    expect([bed.ran.length, new Set(bed.ran).size, bed.left]).toEqual([20, 20, [0, 0, 0]]);
    expect(new Set(jobs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  it('begins nothing more in the turn in which a handler pauses its tube', async () => {
    begin(5, (id) => (id === bed.ran[0] ? pause() : undefined), NearStore);
    await bed.put(ids(20));
    await bed.clock.advance(1_000);
    expect(bed.ran).toHaveLength(1);
    await resumed();
    expect([bed.ran.length, new Set(bed.ran).size, bed.left]).toEqual([20, 20, [0, 0, 0]]);
  });

  it('does not take the answer to an older question for the present state', async () => {
    begin(5, undefined, NearStore);
    // It has asked at its start, and has no answer yet.
    await pause();
    await bed.clock.settle();
    expect(bed.consumer.signs.paused).toBe(true);
  });
});
