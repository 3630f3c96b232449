import { identify } from '../../../lib/core/claims/job-identity.js';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import { Acknowledger } from '../../../lib/core/consumer/acknowledger.js';
import { DueJobs } from '../../../lib/core/consumer/due-jobs.js';
import type { Copy, HeldJob, HeldState } from '../../../lib/core/consumer/held-job.js';
import { JobBook } from '../../../lib/core/consumer/job-book.js';
import { Lane, type LaneOwner } from '../../../lib/core/consumer/lane.js';
import { Orphans } from '../../../lib/core/consumer/orphans.js';
import { StandbyCopies } from '../../../lib/core/consumer/standby-copies.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { type StubCommand, StubNode } from '../../support/stub-node.js';
import { bring } from './held-jobs.js';

const TUBE = 'orders';
const BODY = Buffer.from(`${nativePrefix(0, 'job-1', 2)}"x"`);
/** The default lease. */
export const LEASE_SECONDS = 30;
/** The number of each probe of a disk. */
const PROBE = 1_000;

/** Two nodes with a lane on each. What waits to be reserved on a node is in `ready`, by number. */
export class StandbyBed implements LaneOwner {
  readonly clock = new ManualClock();
  readonly stubs: readonly StubNode[];
  readonly lanes: readonly Lane[];
  readonly acknowledger: Acknowledger;
  readonly book: JobBook;
  readonly standby: StandbyCopies;
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
    this.acknowledger = new Acknowledger(resolveTube(TUBE), parts);
    const due = new DueJobs(clock, () => {});
    const orphans = new Orphans(clock);
    this.book = new JobBook({ clock, due, orphans, acknowledger: this.acknowledger, mayKeep: () => true });
    this.standby = new StandbyCopies({
      settings: resolveTube(TUBE),
      clock,
      book: this.book,
      acknowledger: this.acknowledger,
    });
    this.lanes = nodes.map((node) => new Lane(node, TUBE, this, clock));
  }

  room(lane: Lane): number {
    return this.ready.get(lane.node.endpoint)?.length ?? 0;
  }
  arrived(copy: Copy): void {
    const held = this.job;
    if (held === undefined) this.book.begin(identify(TUBE, copy.body), 'normal', copy);
    else this.book.join(held, copy, 2);
  }
  deleted(copy: Copy): void {
    this.acknowledger.deleted(copy);
  }
  lost(copy: Copy): void {
    this.book.lost(copy);
  }
  answered(): void {}
  ranDry(): void {}

  get job(): HeldJob | undefined {
    return this.book.find('job-1');
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
    this.standby.onBeat();
    await this.clock.settle();
  }

  /** These numbers come up, of a job that then runs, or stands elsewhere. */
  async runs(numbers: Readonly<Record<string, number>>, state: HeldState = 'running'): Promise<void> {
    await this.comesUp(numbers);
    if (state === 'running') bring(this.job!, 'claiming').granted({ kind: 'granted', attempt: 1 });
    else bring(this.job!, state);
  }

  /** The job runs, and has been here so long that one of its two copies was put to rest. */
  async rest(state?: HeldState): Promise<HeldJob> {
    await this.runs({ 'a:1': 7, 'b:1': 9 }, state);
    await this.beatAfter(1_001);
    return this.job!;
  }

  /** The job is over. */
  async ends(job: HeldJob): Promise<void> {
    this.book.forget(job);
    this.acknowledger.delete(job);
    await this.clock.settle();
  }

  async goesBack(job: HeldJob, ms: number): Promise<void> {
    this.book.giveBack(job, ms);
    await this.clock.settle();
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
