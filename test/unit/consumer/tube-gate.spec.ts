import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { BEAT_MS } from '../../../lib/core/consumer/beat.js';
import { TubeGate } from '../../../lib/core/consumer/tube-gate.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';

const TUBE = 'orders';
const LOOK = 'a look at a pause';
const PING = 'a trial';

let clock: ManualClock;
let store: StubClaimStore;
let gate: TubeGate;
/** What its owner and its listeners were told. */
let told: string[];

beforeEach(() => {
  clock = new ManualClock();
  store = new StubClaimStore();
  told = [];
  const report = (event: DqEvent): void => void told.push(event.type);
  gate = new TubeGate(
    { settings: resolveTube(TUBE), store, clock, report },
    {
      storeFailed: () => gate.failed(),
      shut: () => void told.push('shut'),
      storeBack: () => void told.push('back'),
      opened: () => void told.push('opened'),
    },
  );
});

async function pause(): Promise<void> {
  await store.pauses.pause(TUBE, { forMs: undefined, reason: '' });
}

/** The gate of a tube, which may be paused then, has looked at it. */
async function started({ paused = false } = {}): Promise<void> {
  if (paused) await pause();
  gate.start();
  await clock.settle();
}

async function beats(count: number): Promise<void> {
  for (let beat = 0; beat < count; beat++) {
    await clock.advance(BEAT_MS);
    gate.onBeat(clock.monotonic());
    await clock.settle();
  }
}

function asked(): readonly string[] {
  return store.calls.map(({ name }) => name).filter((name) => name === LOOK || name === PING);
}

describe('the gate of a tube', () => {
  it('looks once at the start, and asks nothing more while nothing is paused', async () => {
    gate.start();
    await beats(20);
    expect([gate.open, gate.idle, told, asked()]).toEqual([true, true, [], [LOOK]]);
  });

  it('says at the start that its tube is paused, and looks once a second until it is not', async () => {
    await pause();
    gate.start();
    await beats(20);
    expect([gate.open, gate.paused, gate.idle, told]).toEqual([false, true, false, ['tube-paused', 'shut']]);
    expect(asked().length).toBeLessThanOrEqual(11);
    await store.pauses.resume(TUBE);
    await beats(2);
    expect([gate.open, told.slice(2)]).toEqual([true, ['tube-resumed', 'opened']]);
    const { length } = asked();
    await beats(20);
    expect(asked()).toHaveLength(length);
  });

  it('shuts as soon as a claim is refused, and asks why once for all that are', async () => {
    await started();
    await pause();
    store.calls.length = 0;
    for (let claim = 0; claim < 50; claim++) gate.refused();
    expect([gate.open, told]).toEqual([false, ['shut']]);
    await clock.settle();
    expect([told, asked()]).toEqual([['shut', 'tube-paused'], [LOOK]]);
  });

  it('opens again without a word where the pause was over before it was seen', async () => {
    await started();
    gate.refused();
    await clock.settle();
    expect([gate.open, told]).toEqual([true, ['shut', 'opened']]);
  });

  it('stays shut while one of the two reasons holds: the store is back, and the tube was paused meanwhile', async () => {
    await started();
    store.away = true;
    gate.failed();
    await beats(3);
    store.away = false;
    await pause();
    await beats(1);
    expect([gate.open, gate.away, gate.paused, told]).toEqual([false, false, true, ['shut', 'tube-paused', 'back']]);
    await store.pauses.resume(TUBE);
    await beats(2);
    expect([gate.open, told.slice(3)]).toEqual([true, ['tube-resumed', 'opened']]);
  });

  it('stays shut while one of the two reasons holds: the store goes while the tube is paused, and comes back', async () => {
    await started({ paused: true });
    store.away = true;
    await beats(4);
    expect([gate.away, gate.paused]).toEqual([true, true]);
    store.away = false;
    await beats(2);
    expect([gate.open, gate.away, told]).toEqual([false, false, ['tube-paused', 'shut', 'back']]);
  });

  it('opens where the store comes back and has forgotten the pause', async () => {
    await started({ paused: true });
    store.away = true;
    await beats(4);
    store.away = false;
    await store.pauses.resume(TUBE);
    await beats(1);
    expect([gate.open, told.slice(2)]).toEqual([true, ['tube-resumed', 'back', 'opened']]);
  });

  it('opens where the store was away at the start, and is there', async () => {
    store.away = true;
    gate.start();
    await beats(2);
    store.away = false;
    await beats(1);
    expect([gate.open, told]).toEqual([true, ['shut', 'back', 'opened']]);
  });

  it('says and asks nothing any more once it is closed', async () => {
    await pause();
    gate.start();
    gate.close();
    gate.failed();
    gate.refused();
    await beats(5);
    expect([told, asked()]).toEqual([[], [LOOK]]);
  });

  it('asks nothing any more once it is closed while the tube is paused and the store away', async () => {
    await started({ paused: true });
    gate.failed();
    gate.close();
    await beats(5);
    expect(asked()).toEqual([LOOK]);
  });

  it('asks one question at a time, however long its answer takes', async () => {
    await started({ paused: true });
    let answer!: () => void;
    store.answering = new Promise((resolve) => (answer = resolve));
    await beats(10);
    expect(asked()).toEqual([LOOK, LOOK]);
    answer();
    await beats(2);
    expect(asked()).toEqual([LOOK, LOOK, LOOK]);
  });

  it('looks at a store that may lose writes every two seconds while there is something to tell it, and at no pause', async () => {
    Object.assign(store, { onLoss: () => () => {} });
    await started();
    store.calls.length = 0;
    await beats(20);
    expect(asked()).toEqual([]);
    gate.remember();
    await beats(20);
    expect(asked()).toEqual([PING, PING, PING, PING, PING]);
  });
});
