// Copies that a node with a full disk cannot keep: beanstalkd would lose hold of them if they were released with a delay, or buried.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { identify } from '../../../lib/core/claims/job-identity.js';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import { Acknowledger } from '../../../lib/core/consumer/acknowledger.js';
import { Beat, type BeatOwner } from '../../../lib/core/consumer/beat.js';
import { type Copy, HeldJob } from '../../../lib/core/consumer/held-job.js';
import { Lane, type LaneOwner } from '../../../lib/core/consumer/lane.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { decodeEnvelope, nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { type StubCommand, StubNode } from '../../support/stub-node.js';

const TUBE = 'orders';

/** Two nodes; the lane is on the first. */
class Bed implements LaneOwner, BeatOwner {
  readonly clock = new ManualClock();
  readonly events: DqEvent[] = [];
  readonly copies: Copy[] = [];
  readonly lostCopies: Copy[] = [];
  readonly stubs: readonly StubNode[];
  readonly lane: Lane;
  readonly acknowledger: Acknowledger;
  full: ReadonlySet<string> = new Set();
  /** True when the probe on the first node takes the last room there was. */
  probeFills = false;
  wanted = 0;
  /** True when no more copies come, although there is room. */
  dry = false;
  readonly #beat: Beat;
  #numbers = 0;

  constructor() {
    const report = (event: DqEvent): void => void this.events.push(event);
    this.stubs = ['a:1', 'b:1'].map((name) => new StubNode(name, this.clock, (command) => this.#answer(name, command)));
    const random = (): number => 0;
    const nodes = this.stubs.map((stub) => new Node(stub, this.clock, random, report));
    const cluster = new Cluster(nodes, random, report);
    const parts = { cluster, store: new StubClaimStore(), clock: this.clock, report };
    this.acknowledger = new Acknowledger(resolveTube(TUBE), parts);
    this.lane = new Lane(nodes[0]!, TUBE, this, this.clock);
    this.#beat = new Beat(this.clock, this);
  }

  room(): number {
    return this.wanted - this.copies.length;
  }
  get idle(): boolean {
    return this.lane.idle && this.acknowledger.idle;
  }
  onBeat(): void {
    this.acknowledger.onBeat();
  }
  onClockStep(): void {}
  arrived(copy: Copy): void {
    this.#beat.start();
    this.copies.push(copy);
  }
  deleted(copy: Copy): void {
    this.acknowledger.deleted(copy);
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

  /** One that is held is let go for `ms`; so much time goes by. */
  async release(ms: number, passMs = 0): Promise<void> {
    const [job] = await this.hold(1);
    this.acknowledger.release(job!, ms);
    await this.clock.advance(passMs);
  }

  /** The same of one that is given up. */
  async bury(passMs = 0): Promise<void> {
    const [job] = await this.hold(1);
    this.acknowledger.bury(job!, 'no luck', true);
    await this.clock.advance(passMs);
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
      if (this.dry || this.copies.length >= this.wanted) return { kind: 'TIMED_OUT' };
      const number = ++this.#numbers;
      return { kind: 'RESERVED', id: number, body: Buffer.from(`${nativePrefix(0, `job-${number}`, 3)}"x"`) };
    }
    if (command.name === 'put' && this.probeFills && name === 'a:1') this.full = new Set([...this.full, name]);
    else if (command.name === 'release') return this.full.has(name) ? { kind: 'OUT_OF_MEMORY' } : { kind: 'RELEASED' };
    else if (command.name === 'bury') {
      return this.full.has(name) ? { kind: 'INTERNAL_ERROR' } : { kind: 'BURIED', id: undefined };
    }
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
    await bed.release(10_000);
    expect(bed.moved).toEqual([{ copies: 4, delay: 9 }]);
    expect(bed.stubs[0]!.named('delete').map(({ args }) => args)).toContainEqual([1]);
    expect(bed.released).toEqual([]);
    expect(bed.events.map(({ type }) => type)).toContain('node-full');
  });

  it('is released as usual where the disk has room (control)', async () => {
    await bed.release(10_000);
    expect([bed.released, bed.moved]).toEqual([[[1, 9]], []]);
  });

  it('is released without a delay once its time has come, when no node has room: that works on a full disk', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    await bed.release(10_000, 8_000);
    expect(bed.released).toEqual([]);
    await bed.clock.advance(2_000);
    expect(bed.released).toEqual([[1, 0]]);
    expect(bed.lane.held).toBe(0);
    bed.acknowledger.close();
  });

  it('waits for what is left of its time when a node gets room later', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    await bed.release(60_000, 30_500);
    bed.full = new Set(['a:1']);
    await bed.clock.advance(1_000);
    expect(bed.moved.at(-1)!.delay).toBeLessThan(30);
    expect(bed.lane.held).toBe(0);
  });

  it('is not offered to a node that is full too: what beanstalkd refuses it keeps in memory', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    const jobs = await bed.hold(50);
    for (const job of jobs) bed.acknowledger.release(job, 60_000);
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
    for (const job of jobs) bed.acknowledger.release(job, 60_000);
    await bed.clock.settle();
    expect([bed.lane.held, bed.lane.taken]).toEqual([20, 0]);
    bed.stubs[0]!.die();
    expect([bed.lane.held, bed.lane.taken, bed.lostCopies.length]).toEqual([0, 0, 20]);
    bed.acknowledger.close();
  });
});

describe('a copy of which its node lost hold, since the probe took the last room', () => {
  beforeEach(() => {
    bed.probeFills = true;
  });

  it('is written to another node, due as it was to be, with a header that counts both', async () => {
    await bed.release(10_000);
    expect([bed.released, bed.moved]).toEqual([[[1, 9]], [{ copies: 4, delay: 9 }]]);
  });

  it('is offered until a node has room, for what is left of its time', async () => {
    bed.full = new Set(['b:1']);
    await bed.release(60_000, 30_500);
    expect(bed.moved).toEqual([]);
    bed.full = new Set(['a:1']);
    await bed.clock.advance(1_000);
    expect(bed.moved).toEqual([{ copies: 4, delay: 28 }]);
    expect(bed.clock.timers).toBe(0);
  });

  it('is written to its own node where no other has room', async () => {
    bed.full = new Set(['b:1']);
    await bed.release(60_000, 5_500);
    bed.probeFills = false;
    bed.full = new Set(['b:1']);
    await bed.clock.advance(1_000);
    expect(bed.stubs[0]!.puts.filter(({ tube }) => tube === TUBE)).toMatchObject([{ delaySeconds: 53 }]);
  });

  it('is the last: its node is not asked to release another one meanwhile', async () => {
    const [first, second] = await bed.hold(2);
    bed.acknowledger.release(first!, 10_000);
    await bed.clock.settle();
    const probes = bed.stubs[0]!.puts.length;
    bed.acknowledger.release(second!, 10_000);
    await bed.clock.advance(20);
    expect([bed.released, bed.moved]).toEqual([
      [[1, 9]],
      [
        { copies: 4, delay: 9 },
        { copies: 4, delay: 9 },
      ],
    ]);
    expect(bed.stubs[0]!.puts).toHaveLength(probes);
  });

  it('was to be buried: goes where another consumer finds it, and buries it', async () => {
    await bed.bury();
    expect(bed.stubs[0]!.named('bury')).toHaveLength(1);
    expect(bed.moved).toEqual([{ copies: 4, delay: 0 }]);
    expect(bed.events.map(({ type }) => type)).toEqual(['node-full']);
  });
});

describe('between the answer of a probe and the release that relies on it', () => {
  it('comes no reserve that waits: for a second others might take the room', async () => {
    const [node] = bed.stubs as [StubNode];
    const [job] = await bed.hold(1);
    const usual = node.answers;
    node.answers = (command) =>
      command.name === 'put' || (command.name === 'reserve' && command.args[0] !== 0) ? undefined : usual(command);
    bed.wanted = 2;
    bed.dry = true;
    bed.lane.wake();
    await bed.clock.advance(100);
    const waiting = node.named('reserve').at(-1)!;
    expect(waiting.args).toEqual([1]);
    bed.acknowledger.release(job!, 10_000);
    await bed.clock.settle();
    const from = node.commands.length;
    waiting.answer({ kind: 'TIMED_OUT' });
    await bed.clock.settle();
    node.named('put').at(-1)!.answer({ kind: 'INSERTED', id: 500 });
    expect(node.commands.slice(from).map(({ name, args }) => [name, args[0]])).toEqual([
      ['release', 1],
      ['delete', 500],
    ]);
  });
});

describe('a dead letter on a node with a full disk', () => {
  it('is buried once there is room, and until then not let go of', async () => {
    bed.full = new Set(['a:1', 'b:1']);
    await bed.bury(5_000);
    expect([bed.stubs[0]!.named('bury'), bed.lane.held]).toEqual([[], 1]);
    bed.full = new Set();
    await bed.clock.advance(1_000);
    expect(bed.stubs[0]!.named('bury')).toHaveLength(1);
    expect(bed.lane.held).toBe(0);
  });
});
