// One copy of a job that is held for long rests on its node, so that it comes up should this process fall silent.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { identify } from '../../../lib/core/claims/job-identity.js';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import { Departures } from '../../../lib/core/consumer/departures.js';
import { DueJobs } from '../../../lib/core/consumer/due-jobs.js';
import type { Copy, HeldJob } from '../../../lib/core/consumer/held-job.js';
import { Holding } from '../../../lib/core/consumer/holding.js';
import { Lane, type LaneOwner } from '../../../lib/core/consumer/lane.js';
import { Orphans } from '../../../lib/core/consumer/orphans.js';
import { Resting } from '../../../lib/core/consumer/resting.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { type StubCommand, StubNode } from '../../support/stub-node.js';

const TUBE = 'orders';
const BODY = Buffer.from(`${nativePrefix(0, 'job-1', 2)}"x"`);
/** The default lease. */
const LEASE_SECONDS = 30;

/** Two nodes with a lane on each. What waits to be reserved on a node is in `ready`, by number. */
class Bed implements LaneOwner {
  readonly clock = new ManualClock();
  readonly stubs: readonly StubNode[];
  readonly lanes: readonly Lane[];
  readonly departures: Departures;
  readonly holding: Holding;
  readonly resting: Resting;
  readonly ready = new Map<string, number[]>();
  /** Nodes whose disks are full. */
  readonly full = new Set<string>();
  /** Nodes whose disks fill up after they were asked. */
  readonly fills = new Set<string>();

  constructor() {
    const { clock } = this;
    this.stubs = ['a:1', 'b:1'].map((name) => new StubNode(name, clock, (command) => this.#answer(name, command)));
    const report = (): void => {};
    const nodes = this.stubs.map((stub) => new Node(stub, clock, () => 0, report));
    const parts = { cluster: new Cluster(nodes, () => 0, report), store: new StubClaimStore(), clock, report };
    this.departures = new Departures(resolveTube(TUBE), parts);
    const due = new DueJobs(clock, () => {});
    const orphans = new Orphans(clock);
    this.holding = new Holding({ clock, due, orphans, departures: this.departures, mayKeep: () => true });
    this.resting = new Resting(LEASE_SECONDS * 1_000, this.holding, this.departures, clock);
    this.lanes = nodes.map((node) => new Lane(node, TUBE, this, clock));
  }

  room(lane: Lane): number {
    return this.ready.get(lane.node.endpoint)?.length ?? 0;
  }
  arrived(copy: Copy): void {
    const held = this.job;
    if (held === undefined) this.holding.begin(identify(TUBE, copy.body), 'normal', copy);
    else this.holding.join(held, copy, 2);
  }
  deleted(copy: Copy): void {
    this.departures.deleted(copy);
  }
  lost(copy: Copy): void {
    this.holding.lost(copy);
  }
  answered(): void {}

  get job(): HeldJob | undefined {
    return this.holding.find('job-1');
  }

  /** These numbers come up, by node. */
  async comesUp(numbers: Readonly<Record<string, number>>): Promise<void> {
    for (const [node, number] of Object.entries(numbers)) this.ready.set(node, [number]);
    for (const lane of this.lanes) {
      lane.start();
      lane.wake();
    }
    await this.clock.settle();
  }

  async beatAfter(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.resting.onBeat();
    await this.clock.settle();
  }

  /** These numbers come up, of a job that then runs. */
  async runs(numbers: Readonly<Record<string, number>>): Promise<void> {
    await this.comesUp(numbers);
    this.job!.granted();
  }

  /** The job runs, and has been here so long that one of its two copies was put to rest. */
  async rest(): Promise<HeldJob> {
    await this.runs({ 'a:1': 7, 'b:1': 9 });
    await this.beatAfter(1_001);
    return this.job!;
  }

  /** What both nodes were told by these names. */
  told(...names: readonly string[]): unknown[] {
    return this.stubs.flatMap(({ endpoint, commands }) =>
      commands
        .filter(({ name, args }) => names.includes(name) && (name !== 'delete' || args[0] !== PROBE))
        .map(({ name, args }) => [endpoint, name, args[0]].concat(name === 'release' ? args[2] : [])),
    );
  }

  #answer(node: string, { name }: StubCommand): ReturnType<StubNode['obey']> {
    switch (name) {
      case 'put':
        return this.full.has(node) ? { kind: 'OUT_OF_MEMORY' } : { kind: 'INSERTED', id: PROBE };
      case 'watch':
        return { kind: 'WATCHING' };
      case 'reserve': {
        const number = this.ready.get(node)?.shift();
        return number === undefined ? { kind: 'TIMED_OUT' } : { kind: 'RESERVED', id: number, body: BODY };
      }
      case 'release':
        return { kind: this.fills.has(node) ? 'OUT_OF_MEMORY' : 'RELEASED' };
      case 'delete':
        return { kind: 'DELETED' };
      case 'kick-job':
        return { kind: 'KICKED' };
      default:
        return { kind: 'NOT_FOUND' };
    }
  }
}

/** The number of each probe of a disk. */
const PROBE = 1_000;
const RESTED = ['a:1', 'release', 7, LEASE_SECONDS];

let bed: Bed;

beforeEach(() => {
  bed = new Bed();
});

describe('a job that is held for more than a second', () => {
  it('puts one copy back for the length of a lease, and one only', async () => {
    const { copies } = await bed.rest();
    await bed.beatAfter(500);
    expect(bed.told('release')).toEqual([RESTED]);
    expect(copies).toHaveLength(1);
  });

  it('not before (control)', async () => {
    await bed.runs({ 'a:1': 7, 'b:1': 9 });
    await bed.beatAfter(999);
    expect(bed.told('release')).toEqual([]);
  });

  it('not while it waits for its time, or to be tried again', async () => {
    await bed.comesUp({ 'a:1': 7, 'b:1': 9 });
    await bed.beatAfter(1_001);
    expect(bed.told('release')).toEqual([]);
  });

  it('not when it has one copy here, which alone brings it back at once when this process ends', async () => {
    await bed.runs({ 'a:1': 7 });
    await bed.beatAfter(1_001);
    expect(bed.told('release')).toEqual([]);
  });

  it('not when another consumer runs it', async () => {
    await bed.runs({ 'a:1': 7, 'b:1': 9 });
    bed.job!.setAside(true);
    await bed.beatAfter(1_001);
    expect(bed.told('release')).toEqual([]);
  });

  it('not on a full disk, which would lose hold of it', async () => {
    bed.full.add('a:1').add('b:1');
    await bed.rest();
    expect(bed.told('release')).toEqual([]);
    expect(bed.job!.copies).toHaveLength(2);
  });

  it('but where the disk of its first copy is full, the next one', async () => {
    bed.full.add('a:1');
    await bed.rest();
    expect(bed.told('release')).toEqual([['b:1', 'release', 9, LEASE_SECONDS]]);
    expect(bed.job!.copies.map(({ number }) => number)).toEqual([7]);
  });

  it('and another one when a disk filled up after it was asked, so that its node lost hold of the first', async () => {
    bed.fills.add('a:1');
    await bed.rest();
    await bed.comesUp({ 'b:1': 11 });
    await bed.beatAfter(500);
    expect(bed.told('release')).toEqual([RESTED, ['b:1', 'release', 9, LEASE_SECONDS]]);
  });

  it('not when it ended while the node was asked', async () => {
    await bed.runs({ 'a:1': 7, 'b:1': 9 });
    await bed.clock.advance(1_001);
    const job = bed.job!;
    bed.resting.onBeat();
    bed.holding.forget(job);
    bed.departures.delete(job);
    await bed.clock.settle();
    expect(bed.told('release')).toEqual([]);
  });
});

describe('a copy that rests', () => {
  it('is deleted with the others', async () => {
    const job = await bed.rest();
    bed.holding.forget(job);
    bed.departures.delete(job);
    await bed.clock.settle();
    expect(bed.told('delete')).toEqual([
      ['a:1', 'delete', 7],
      ['b:1', 'delete', 9],
    ]);
    expect(bed.departures.recent('job-1')).toMatchObject({ copies: 2, gone: 0 });
  });

  it('is not named on another connection: a node that was restarted gives the number to another job', async () => {
    const job = await bed.rest();
    bed.stubs[0]!.die();
    await bed.clock.advance(1_000);
    expect(bed.stubs[0]!.connections.length).toBeGreaterThan(1);
    bed.holding.forget(job);
    bed.departures.delete(job);
    await bed.clock.settle();
    expect(bed.told('delete', 'kick-job')).toEqual([['b:1', 'delete', 9]]);
  });

  it('comes up at once when its job is given back', async () => {
    const job = await bed.rest();
    bed.holding.giveBack(job, 0);
    await bed.clock.settle();
    expect(bed.told('release', 'kick-job')).toEqual([RESTED, ['a:1', 'kick-job', 7], ['b:1', 'release', 9, 0]]);
  });

  it('comes up at once when the last copy that was held is lost', async () => {
    // The claim store does not answer.
    bed.holding.doubt(await bed.rest());
    bed.stubs[1]!.die();
    await bed.clock.settle();
    expect(bed.told('kick-job')).toEqual([['a:1', 'kick-job', 7]]);
    expect(bed.job).toBeUndefined();
  });

  it('comes up at once when its job is to run before it would, and one copy alone was left to bring it in time', async () => {
    const job = await bed.rest();
    bed.holding.giveBack(job, 10_000);
    await bed.clock.settle();
    expect(bed.told('kick-job')).toEqual([['a:1', 'kick-job', 7]]);
  });

  it('is left to rest when its job is to run later', async () => {
    const job = await bed.rest();
    bed.holding.giveBack(job, 60_000);
    await bed.clock.settle();
    expect(bed.told('kick-job')).toEqual([]);
  });

  it('joins its job when it comes up, and is put back anew', async () => {
    const job = await bed.rest();
    await bed.comesUp({ 'a:1': 7 });
    expect([job.copies.length, job.resting]).toEqual([2, []]);
    await bed.beatAfter(0);
    expect(job.resting).toHaveLength(1);
    expect(bed.told('release')).toHaveLength(2);
  });

  it('is followed by another before it comes up, where the job has a third: there is no moment without one', async () => {
    const job = await bed.rest();
    await bed.comesUp({ 'b:1': 10 });
    const up = new Map<number, number>();
    for (let beats = 0; beats < 200; beats++) {
      // The moment before a beat, out of step with what comes up.
      await bed.clock.advance(700);
      for (const { args, sentAt } of bed.stubs.flatMap((stub) => stub.named('release'))) {
        up.set(args[0] as number, sentAt + LEASE_SECONDS * 1_000);
      }
      const now = bed.clock.monotonic();
      expect(Math.max(...up.values())).toBeGreaterThan(now);
      // Each comes up on its node, and is reserved at once.
      for (const copy of [...job.resting]) {
        if ((up.get(copy.number) as number) <= now) await bed.comesUp({ [copy.lane.node.endpoint]: copy.number });
      }
      await bed.beatAfter(0);
    }
    expect(bed.told('release').length).toBeGreaterThan(2);
  });

  it('keeps its room until it comes up: what was taken in its place would go back at the next beat', async () => {
    await bed.rest();
    const [lane] = bed.lanes as [Lane];
    expect([lane.held, lane.taken]).toEqual([0, 1]);
    await bed.clock.advance(LEASE_SECONDS * 1_000);
    lane.touchHeld(bed.clock.monotonic());
    expect(lane.taken).toBe(0);
  });

  it('takes no room any more once its job has left, or its lane has', async () => {
    const job = await bed.rest();
    bed.holding.giveBack(job, 0);
    expect(bed.lanes[0]!.taken).toBe(0);
    await bed.rest();
    expect(bed.lanes[0]!.taken).toBe(1);
    bed.stubs[0]!.die();
    await bed.clock.settle();
    expect(bed.lanes[0]!.taken).toBe(0);
  });

  it('keeps its lane open until its job has ended', async () => {
    const job = await bed.rest();
    const needed = (): boolean => bed.lanes[0]!.isNeeded(() => true);
    expect(needed()).toBe(true);
    bed.departures.delete(job);
    await bed.clock.settle();
    expect(needed()).toBe(false);
  });
});
