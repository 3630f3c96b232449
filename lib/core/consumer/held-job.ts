import type { Ranked } from '../base/indexed-heap.js';
import type { ClaimRequest, ClaimVerdict } from '../claims/claim-store.js';
import type { JobIdentity } from '../claims/job-identity.js';
import type { Node } from '../cluster/node.js';
import type { OnReply } from '../cluster/node-connection.js';
import { type Envelope, type JobHeader, NO_HEADER } from '../wire/envelope.js';
import type { DqPriority } from '../wire/priority.js';
import type { RecentJob } from './recent-jobs.js';

/** Who has reserved a copy, and sends it away. */
export interface CopyHolder {
  readonly node: Node;
  /** It holds so many that beanstalkd, which goes through all of them after each delete, gets slow. */
  readonly crowded: boolean;
  holds(copy: Copy): boolean;
  /** Whether a copy takes no room, since its job runs elsewhere, or waits here for long. */
  setAside(copy: Copy, aside: boolean): void;
  /** Lets a copy that waits for a node to keep it take no room, so that the others go on. */
  park(copy: Copy): void;
  delete(copy: Copy): void;
  release(copy: Copy, priority: number, delaySeconds: number, done?: OnReply): void;
  bury(copy: Copy, priority: number, done?: OnReply): void;
  /** Puts a held copy back for so many seconds. Until then it can still be deleted or woken. */
  rest(copy: Copy, priority: number, seconds: number, done: OnReply): void;
  /** Whether it rests at a moment of the monotonic clock. */
  standsByAt(copy: Copy, moment: number): boolean;
  /** A copy that rests is let go: whoever gets it decides. `now`: it is to come up at once. */
  wakeStandby(copy: Copy, now: boolean): void;
}

/** A copy that a lane has reserved. It is the lane's until deleted, released, buried, or lost with its connection. */
export class Copy {
  /** Undefined until its body is understood, and when its job has left this process. */
  job: HeldJob | undefined = undefined;
  /** The job it is a copy of, once that is over. */
  over: RecentJob | undefined = undefined;
  touchedAt: number;

  constructor(
    readonly lane: CopyHolder,
    /** beanstalkd's number for it, good on this lane's connection only. */
    readonly number: number,
    readonly body: Buffer,
    now: number,
  ) {
    this.touchedAt = now;
  }
}

/**
 * Where a job in this process stands:
 * - **waiting**: held until a moment (`notBefore`): it is due then, or to be tried or asked for again.
 * - **ready**: that moment has come; it waits for a free slot.
 * - **orphaned**: its consumer died; it waits for its turn to be taken over.
 * - **claiming**: the claim store is asked; again, where what it granted was not begun in time.
 * - **doubtful**: the store did not answer, so the claim may be ours. The copies stay held: once the store is back it grants the
 *   same attempt again, while anybody else would have to wait for the lease to be over.
 * - **running**: its claim was granted; its handler is about to run, runs, or its outcome is being settled.
 * - **left**: its copies are on their way back to the nodes or deleted; nobody looks at it any more.
 */
export type HeldState = 'waiting' | 'ready' | 'orphaned' | 'claiming' | 'doubtful' | 'running' | 'left';

/** From which states each may be entered. */
const BEFORE: Readonly<Record<HeldState, readonly HeldState[]>> = {
  waiting: ['waiting', 'ready', 'claiming', 'doubtful', 'running'],
  ready: ['waiting'],
  orphaned: ['claiming'],
  claiming: ['ready', 'orphaned', 'doubtful', 'running'],
  doubtful: ['claiming'],
  running: ['claiming'],
  left: ['waiting', 'ready', 'orphaned', 'claiming', 'doubtful', 'running'],
};

/** A job of which this process holds copies. Copies of one job that meet here join it, and share its fate. */
export class HeldJob implements ClaimRequest, Ranked {
  #state: HeldState = 'waiting';
  /** Wall clock, milliseconds. */
  notBefore: number;
  /** Its place among jobs that wait for the same moment, or stand in the same line. */
  order = 0;
  index = 0;
  /** True while another consumer runs it, or it waits for long, and this process only looks again now and then. */
  aside = false;
  looks = 0;
  /** The attempt that was granted here and is asked for again, since it has not begun; 0 when there is none. */
  attempt = 0;
  /** The claim store did not answer a claim of it, which may stand. */
  doubted = false;
  /** The most copies that any of its headers counts; 0 when unknown. */
  copiesAsked: number;
  /** Its consumer died, and it is this process' turn to take it over. */
  takeover = false;
  /**
   * It is plain, and a claim stands that is nobody's now: it waits, or its consumer died. A Go consumer that got a copy would take the
   * claim for a lock and throw the copy away, so its copies stay here for as long as that can be.
   */
  locked = false;
  /** Somebody brought it back from the dead letters: that it is late is known. */
  revived = false;
  /** When its handler last asked to run again; undefined when it did not. */
  askedMs: number | undefined = undefined;
  /** The due time that it was moved to; undefined when it was not, or that is not known yet. */
  movedMs: number | undefined = undefined;
  readonly copies: Copy[] = [];
  /** More copies, which this process has put back for a while; see {@link StandbyCopies}. */
  readonly standby: Copy[] = [];
  readonly key: string;
  readonly slot: string | undefined;
  readonly id: string;
  readonly name: string;
  readonly envelope: Envelope;
  /** What the job says for itself; nothing, when it is plain. */
  readonly header: JobHeader;
  readonly priority: DqPriority;

  constructor(
    { key, slot, id, name, envelope, copies }: JobIdentity,
    usual: DqPriority,
    /** When its first copy came, of the monotonic clock. */
    readonly since = 0,
  ) {
    this.header = envelope.format === 'native' ? envelope.header : NO_HEADER;
    this.priority = this.header.priority ?? usual;
    this.key = key;
    this.slot = slot;
    this.id = id;
    this.name = name;
    this.envelope = envelope;
    this.notBefore = envelope.dueMs;
    this.copiesAsked = copies;
  }

  get state(): HeldState {
    return this.#state;
  }

  /** @throws Error when this package is wrong: no such step leads from where it stands. */
  become(state: HeldState): void {
    if (!BEFORE[state].includes(this.#state)) throw new Error(`A job that is ${this.#state} cannot become ${state}.`);
    this.#state = state;
    if (state === 'doubtful') this.doubted = true;
  }

  /** Neither running nor about to: it may go back to the nodes. */
  get idle(): boolean {
    return this.#state !== 'claiming' && this.#state !== 'running' && this.#state !== 'left';
  }

  /** It is ours to run. */
  granted({ revived, askedMs, movedMs }: Extract<ClaimVerdict, { readonly kind: 'granted' }>): void {
    this.become('running');
    this.revived = revived === true;
    this.askedMs = askedMs;
    this.movedMs = movedMs;
    this.locked = false;
    this.looks = 0;
    this.attempt = 0;
    this.doubted = false;
    this.setAside(false);
  }

  /** Go consumers may read it, and lock its claim's key. */
  get plain(): boolean {
    return this.envelope.format === 'plain';
  }

  /** Copies of a job that another consumer runs, or that waits here for long, take no room in their lanes. */
  setAside(aside: boolean): void {
    if (this.aside === aside) return;
    this.aside = aside;
    for (const copy of this.copies) copy.lane.setAside(copy, aside);
  }

  get rank(): number {
    return this.notBefore;
  }

  get dueMs(): number {
    return this.movedMs ?? this.envelope.dueMs;
  }

  /** Its caller's own name for what it does. */
  get ownKey(): string | undefined {
    return this.envelope.format === 'native' ? this.envelope.ownKey : undefined;
  }
}
