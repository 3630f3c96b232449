import { describe, expect, it } from '@jest/globals';
import type { Admission, AdmitRequest } from '../../../lib/core/claims/claim-store.js';
import { DqDuplicateIdError, DqPastTimeError } from '../../../lib/core/errors/argument.errors.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { DqQuorumError } from '../../../lib/core/errors/quorum.error.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { ProducerBed } from './producer-bed.js';

const ID = { id: 'order-1' };

class SlowStore extends StubClaimStore {
  readonly waiting: (() => void)[] = [];

  override async admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return super.admit(tube, requests);
  }
}

describe("a job with the caller's own id", () => {
  it('is written once the claim store has admitted it, and not before; the store is told', async () => {
    const store = new SlowStore();
    const bed = new ProducerBed({}, store);
    const writing = bed.producer().delay('x', 0, ID);
    await bed.clock.settle();
    expect(bed.puts).toEqual([]);
    store.waiting.forEach((admit) => admit());
    expect(await bed.settled(writing)).toMatch(/,order-1$/);
    const [asked] = store.asked('admit') as AdmitRequest[][];
    expect(asked).toMatchObject([{ key: 'dq:{orders}:order-1', dueMs: bed.clock.now() }]);
    expect(bed.written).toMatchObject([{ id: 'order-1', generation: asked?.[0]?.generation }]);
    expect(store.asked('conclude')).toMatchObject([[{ key: 'dq:{orders}:order-1', written: true }]]);
  });

  it('costs a job without one nothing (control)', async () => {
    const bed = new ProducerBed();
    await bed.settled(bed.producer().delay('x', 0));
    expect(bed.store.calls).toEqual([]);
  });

  it('is refused when its id is taken, and sends nothing to the nodes', async () => {
    const bed = new ProducerBed();
    bed.store.admission = { kind: 'duplicate', state: 'done', dueMs: 1_767_225_600_000 };
    const error = await bed.refusal(bed.producer().delay('x', 0, ID));
    expect(error).toBeInstanceOf(DqDuplicateIdError);
    expect(error).toMatchObject({ id: 'order-1', state: 'done', dueAt: new Date(1_767_225_600_000) });
    expect([bed.puts, bed.store.asked('conclude')]).toEqual([[], []]);
  });

  it('is refused when the claim store does not answer, and sends nothing to the nodes', async () => {
    const bed = new ProducerBed();
    bed.store.away = true;
    expect(await bed.refusal(bed.producer().delay('x', 0, ID))).toBeInstanceOf(DqClaimStoreError);
    expect(bed.puts).toEqual([]);
    await bed.settled(bed.producer().close());
  });

  it('that is asked for again when its moment has passed is refused as taken, not as past', async () => {
    const bed = new ProducerBed();
    const past = bed.clock.now() - 1;
    bed.store.admission = { kind: 'duplicate', state: 'done', dueMs: past };
    expect(await bed.refusal(bed.producer().at('x', past, ID))).toBeInstanceOf(DqDuplicateIdError);
    // The control: where the id is free it is the moment that is wrong, and the id stays free.
    bed.store.admission = { kind: 'admitted' };
    expect(await bed.refusal(bed.producer().at('x', past, ID))).toBeInstanceOf(DqPastTimeError);
    expect(bed.store.asked('conclude')).toMatchObject([[{ key: 'dq:{orders}:order-1', written: false }]]);
    expect(await bed.refusal(bed.producer().at('x', past))).toBeInstanceOf(DqPastTimeError);
    expect(bed.puts).toEqual([]);
  });

  it('frees its id when it was withdrawn', async () => {
    const bed = new ProducerBed();
    bed.fillDisks();
    expect(await bed.refusal(bed.producer().delay('x', 0, ID))).toMatchObject({ code: 'DQ_QUORUM', fate: 'withdrawn' });
    expect(bed.store.asked('conclude')).toMatchObject([[{ written: false }]]);
  });

  it('leaves its id pending when nobody knows what became of it', async () => {
    const store = new StubClaimStore();
    store.revoke = () => Promise.reject(new DqClaimStoreError('away'));
    const bed = new ProducerBed({}, store);
    bed.hangUp();
    const error = await bed.refusal(bed.producer().delay('x', 0, ID));
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error).toMatchObject({ fate: 'unknown' });
    expect(store.asked('conclude')).toEqual([]);
  });

  it('puts a tombstone on this write alone, so that the next call with the id is not hit by it', async () => {
    const bed = new ProducerBed();
    bed.hangUp();
    await bed.refusal(bed.producer().delay('x', 0, ID));
    const [tombstone] = bed.store.asked('revoke') as { key: string }[];
    for (const stub of bed.stubs) stub.answers = (command) => stub.obey(command);
    await bed.clock.advance(1_000);
    await bed.settled(bed.producer().delay('x', 0, ID));
    const [, second] = (bed.store.asked('admit') as AdmitRequest[][]).flat();
    expect(tombstone?.key).toMatch(/^dq:\{orders\}:order-1#.{11}$/);
    expect(tombstone?.key).not.toBe(`dq:{orders}:order-1#${second?.generation}`);
  });

  it('is told to be written only when the claim store has heard of it', async () => {
    const bed = new ProducerBed();
    const { store } = bed;
    let heard: ((concluded: readonly boolean[]) => void) | undefined;
    store.conclude = () => new Promise((resolve) => (heard = resolve));
    const producer = bed.producer();
    const told: string[] = [];
    const writing = producer.delay('x', 0, ID).then(() => told.push('written'));
    await bed.clock.settle();
    expect(bed.puts).toHaveLength(3);
    const closing = producer.close().then(() => told.push('closed'));
    await bed.clock.settle();
    expect(told).toEqual([]);
    heard?.([true]);
    await bed.settled(Promise.all([writing, closing]));
    expect(told).toEqual(['written', 'closed']);
  });

  it('is not told to be written when another call took its id over meanwhile', async () => {
    const bed = new ProducerBed();
    bed.store.conclude = () => Promise.resolve([false]);
    const error = await bed.refusal(bed.producer().delay('x', 0, ID));
    expect(error).toBeInstanceOf(DqDuplicateIdError);
    expect(error).toMatchObject({ state: 'pending' });
  });

  it('is not told to be written when the claim store did not hear of it', async () => {
    const bed = new ProducerBed();
    bed.store.conclude = () => Promise.reject(new DqClaimStoreError('away'));
    expect(await bed.refusal(bed.producer().delay('x', 0, ID))).toBeInstanceOf(DqClaimStoreError);
    await bed.settled(bed.producer().close());
  });

  it('is not late by the time that its admission took', async () => {
    const store = new SlowStore();
    const bed = new ProducerBed({}, store);
    const writing = bed.producer().delay('x', '10s', ID);
    await bed.clock.advance(2_500);
    store.waiting.forEach((admit) => admit());
    await bed.settled(writing);
    // 7.5 s are left, and the nodes count from now.
    expect(bed.puts[0]?.delaySeconds).toBe(7);
  });
});
