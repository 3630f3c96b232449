import type { Clock } from '../base/clock.js';
import { DqDeadlineError } from '../errors/connection.errors.js';
import type { DqError } from '../errors/dq.error.js';
import type { Report } from '../base/events.js';
import { Presence } from '../base/presence.js';

/** What a connection to a node is for. A node that is short of descriptors serves those that it has, and takes no new ones. */
export type NodeUse = 'writes' | 'reserves';

const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 5_000;

/** How long a use rests after it failed. */
interface Rest {
  failures: number;
  until: number;
}

/**
 * Whether a node can be counted on. Each use of it **rests** after a connection for it failed, for a time that doubles with each failure
 * (100 ms to 5 s, less a random part), and is then tried again: one answer ends that. A TCP connect is no success (a stopped process
 * accepts connections); an answered command is. The node is lost when a use fails and no other one is answered; see {@link Presence}.
 */
export class NodeHealth {
  readonly #presence: Presence;
  readonly #rests: Record<NodeUse, Rest> = { writes: newRest(), reserves: newRest() };
  #hung = false;
  #onChange = (_up: boolean): void => {};

  constructor(
    readonly endpoint: string,
    readonly clock: Clock,
    readonly random: () => number,
    report: Report,
  ) {
    this.#presence = new Presence(clock, 'any', {
      lost: (reason, reached) => report({ type: 'node-lost', node: endpoint, reason, reached }),
      back: (awayMs, losses) =>
        report({ type: 'node-back', node: endpoint, awayMs, ...(losses > 1 ? { losses } : undefined) }),
      partly: (use, reason) =>
        report({
          type: 'node-warning',
          node: endpoint,
          reason:
            `it answers, but a connection for ${use} fails: ${reason} ` +
            'Is it short of descriptors? Raise its limit of open files (ulimit -n), or open fewer connections.',
        }),
    });
  }

  get up(): boolean {
    return !this.#presence.lost;
  }

  /** It has answered at least once. */
  get reached(): boolean {
    return this.#presence.reached;
  }

  /** Milliseconds until the node may be asked to write again; 0 when now. */
  get rest(): number {
    return this.restOf('writes');
  }

  /** The same for any use. A node that is lost is so for all. */
  restOf(use: NodeUse): number {
    const { writes, reserves } = this.#rests;
    const until = this.up ? this.#rests[use].until : Math.max(writes.until, reserves.until);
    return until === 0 ? 0 : Math.max(0, until - this.clock.monotonic());
  }

  /** `listener` is called when the node is lost, and when it is back, however often; what is told of it is less. */
  onChange(listener: (up: boolean) => void): void {
    this.#onChange = listener;
  }

  /**
   * True after a node did not answer on a connection on which it had: then any answer, on whatever connection, speaks for it. Of a node
   * that could not be connected to, only a new connection does.
   */
  get hung(): boolean {
    return this.#hung;
  }

  /** A connection has failed. `answered`: it had answered before. `others`: some for the same use are open, and have. */
  failed(error: DqError, use: NodeUse = 'writes', { answered = false, others = false } = {}): void {
    const rest = this.#rests[use];
    // Connections that die together are one failure, not many.
    if (rest.until <= this.clock.monotonic()) {
      const longest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(rest.failures, 10));
      rest.failures++;
      rest.until = this.clock.monotonic() + longest * (0.75 + 0.25 * this.random());
    }
    // A new connection may wait in a line in which others need not stand.
    this.#hung ||= answered && error instanceof DqDeadlineError;
    const extent = this.#hung ? 'all' : others ? 'new' : 'use';
    this.#sign(() => this.#presence.failed(use, { kind: error.code, reason: error.message, extent }));
  }

  /** It has answered, on a new connection or when it hung. */
  answered(use: NodeUse = 'writes'): void {
    this.#hung = false;
    this.#rests[use] = newRest();
    this.#sign(() => this.#presence.succeeded(use));
  }

  /** No connection is left for that use: it says nothing any more. */
  unused(use: NodeUse): void {
    this.#presence.unused(use);
  }

  close(): void {
    this.#presence.close();
  }

  #sign(give: () => void): void {
    const was = this.up;
    give();
    if (this.up !== was) this.#onChange(this.up);
  }
}

function newRest(): Rest {
  return { failures: 0, until: 0 };
}
