// Copies that a node with a full disk cannot keep: beanstalkd would lose hold of them if they were released with a delay, or buried.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { identify } from '../../../lib/core/claims/job-identity.js';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import { Departures } from '../../../lib/core/consumer/departures.js';
import { type Copy, HeldJob } from '../../../lib/core/consumer/held-job.js';
import { Lane, type LaneOwner } from '../../../lib/core/consumer/lane.js';
import type { DqEvent } from '../../../lib/core/events.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { decodeEnvelope, nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { type StubCommand, StubNode } from '../../support/stub-node.js';

const TUBE = 'orders';

/** Two nodes; the lane is on the first. */
class Bed implements LaneOwner {
  readonly clock = new ManualClock();
  readonly events: DqEvent[] = [];
  readonly copies: Copy[] = [];
  readonly lostCopies: Copy[] = [];
  readonly stubs: readonly StubNode[];
  readonly lane: Lane;
  readonly departures: Departures;
  full: ReadonlySet<string> = new Set();
  wanted = 0;
  #numbers = 0;

  constructor() {
    const report = (event: DqEvent): void => void this.events.push(event);
    this.stubs = ['a:1', 'b:1'].map((name) => new StubNode(name, this.clock, (command) => this.#answer(name, command)));
    const random = (): number => 0;
    const nodes = this.stubs.map((stub) => new Node(stub, this.clock, random, report));
    const cluster = new Cluster(nodes, random);
    const parts = { cluster, store: new StubClaimStore(), clock: this.clock, report };
    this.departures = new Departures(resolveTube(TUBE), parts);
    this.lane = new Lane(nodes[0]!, TUBE, this, this.clock);
  }

  room(): number {
    return this.wanted - this.copies.length;
  }
  arrived(copy: Copy): void {
    this.copies.push(copy);
  }
  deleted(copy: Copy): void {
    this.departures.deleted(copy);
  }
  lost(copy: Copy): void {
    this.lostCopies.push(copy);
  }
  answered(): void {}

  /** So many copies are held. */
  async hold(count: number): Promise<HeldJob[]> {
    this.wanted = count;
    this.lane.start();
    await this.clock.settle();
    return this.copies.map((copy) => {
      const job = new HeldJob(identify(TUBE, copy.body), 'normal');
      job.copies.push(copy);
      copy.job = job;
      return job;
    });
  }

  /** What the first node was told to release, as [number, delay]. */
  get released(): unknown[] {
    return this.stubs[0]!.named('release').map(({ args: [number, , delay] }) => [number, delay]);
  }

  /** Copies that the second node was offered. */
  get moved(): { readonly copies: number; readonly delay: number }[] {
    return this.stubs[1]!.puts.filter(({ tube }) => tube === TUBE).map(({ body, delaySeconds }) => {
      const envelope = decodeEnvelope(Buffer.from(body));
      return { copies: envelope.format === 'native' ? envelope.copies : 0, delay: delaySeconds };
    });
  }

  #answer(name: string, command: StubCommand): ReturnType<StubNode['obey']> {
    const node = this.stubs.find(({ endpoint }) => endpoint === name)!;
    if (command.name === 'put' && this.full.has(name)) return { kind: 'OUT_OF_MEMORY' };
    if (command.name === 'watch') return { kind: 'WATCHING' };
    if (command.name === 'reserve') {
      if (this.copies.length >= this.wanted) return { kind: 'TIMED_OUT' };
      const number = ++this.#numbers;
      return { kind: 'RESERVED', id: number, body: Buffer.from(`${nativePrefix(0, `job-${number}`, 3)}"x"`) };
    }
    if (command.name === 'release') return { kind: 'RELEASED' };
    if (command.name === 'bury') return { kind: 'BURIED', id: undefined };
    return node.obey(command);
  }
}

let bed: Bed;

beforeEach(() => {
  bed = new Bed();
});

describe('a copy that is to wait, on a node with a full disk', () => {
  it('goes to a node that has room, with a header that counts it', async () => {
    bed.full = new Set(['a:1']);
    const [job] = await bed.hold(1);
    bed.departures.release(job!, 10_000);
    await bed.clock.settle();
    expect(bed.moved).toEqual([{ copies: 4, delay: 9 }]);
    expect(bed.stubs[0]!.named('delete').map(({ args }) => args)).toContainEqual([1]);
    expect(bed.released).toEqual([]);
    expect(bed.events.map(({ type }) => type)).toContain('node-full');
  });

  it('is released as usual where the disk has room (control)', async () => {
    const [job] = await bed.hold(1);
    bed.departures.release(job!, 10_000);
    await bed.clock.settle();
    expect([bed.released, bed.moved]).toEqual([[[1, 9]], []]);
  });

  it('is released without a delay once its time has come, when no node has room: that works on a full disk', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const [job] = await bed.hold(1);
    bed.departures.release(job!, 10_000);
    await bed.clock.advance(8_000);
    expect(bed.released).toEqual([]);
    await bed.clock.advance(2_000);
    expect(bed.released).toEqual([[1, 0]]);
    expect(bed.lane.held).toBe(0);
    bed.departures.close();
  });

  it('waits for what is left of its time when a node gets room later', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const [job] = await bed.hold(1);
    bed.departures.release(job!, 60_000);
    await bed.clock.advance(30_500);
    bed.full = new Set(['a:1']);
    await bed.clock.advance(1_000);
    expect(bed.moved.at(-1)!.delay).toBeLessThan(30);
    expect(bed.lane.held).toBe(0);
  });

  it('is not offered to a node that is full too: what beanstalkd refuses it keeps in memory', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const jobs = await bed.hold(50);
    for (const job of jobs) bed.departures.release(job, 60_000);
    await bed.clock.advance(10_500);
    expect(bed.moved).toEqual([]);
    // One small job is refused instead, once for all of them.
    expect(bed.stubs[1]!.puts).toHaveLength(11);
    bed.full = new Set(['a:1']);
    await bed.clock.advance(1_000);
    expect(bed.moved).toHaveLength(50);
  });

  it('takes no room of its lane while it waits, so that the others go on', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const jobs = await bed.hold(20);
    expect(bed.lane.taken).toBe(20);
    for (const job of jobs) bed.departures.release(job, 60_000);
    await bed.clock.settle();
    expect([bed.lane.held, bed.lane.taken]).toEqual([20, 0]);
    bed.stubs[0]!.die();
    expect([bed.lane.held, bed.lane.taken, bed.lostCopies.length]).toEqual([0, 0, 20]);
    bed.departures.close();
  });
});

describe('a dead letter on a node with a full disk', () => {
  it('is buried once there is room, and until then not let go of', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const [job] = await bed.hold(1);
    bed.departures.bury(job!, 'no luck', true);
    await bed.clock.advance(5_000);
    expect([bed.stubs[0]!.named('bury'), bed.lane.held]).toEqual([[], 1]);
    bed.full = new Set();
    await bed.clock.advance(1_000);
    expect(bed.stubs[0]!.named('bury')).toHaveLength(1);
    expect(bed.lane.held).toBe(0);
  });
});
