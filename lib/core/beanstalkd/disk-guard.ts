import type { Clock } from '../base/clock.js';
import type { NodeConnection, OnReply, Reply } from '../cluster/node-connection.js';
import { ACTS_PER_ANSWER, DiskProbe } from './disk-probe.js';

/** What goes to the node as it is. */
type Sending = Pick<NodeConnection, 'release' | 'bury' | 'delete'>;

/** A release with a delay, or a bury: what needs the node's log. */
interface LoggedAct {
  /** The job's number. */
  readonly id: number;
  readonly priority: number;
  readonly done: OnReply;
  readonly send: (done: OnReply) => void;
}

const FULL: Reply = { kind: 'OUT_OF_MEMORY', sent: false };

/**
 * Sends what needs a node's log only where the disk writes; see {@link DiskProbe}. On a full one it is answered `OUT_OF_MEMORY`, and
 * was not sent. What is done to a job whose act waits keeps its place behind that act: a delete comes instead of it, a kick makes
 * the job ready.
 */
export class DiskGuard {
  readonly #sending: Sending;
  readonly #clock: Clock;
  readonly #probe: DiskProbe | undefined;
  readonly #waiting = new Map<number, LoggedAct>();
  /** Acts that a caller of `keeps` has an answer for. */
  #granted = 0;

  /** `trusted`: the disk is taken to write. */
  constructor(connection: Pick<NodeConnection, 'put' | 'peekFirst'>, sending: Sending, clock: Clock, trusted = false) {
    this.#sending = sending;
    this.#clock = clock;
    this.#probe = trusted
      ? undefined
      : new DiskProbe(
          {
            put: (command, done) => connection.put(command, done),
            peekFirst: (tube, state, done) => connection.peekFirst(tube, state, done),
            delete: (id, done) => sending.delete(id, done),
          },
          clock,
        );
  }

  /** Acts that wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    const send = (done: OnReply): void => this.#sending.release(id, priority, delaySeconds, done);
    this.supersedes(id);
    if (delaySeconds === 0) send(done);
    else this.#act({ id, priority, done, send });
  }

  bury(id: number, priority: number, done: OnReply): void {
    this.supersedes(id);
    this.#act({ id, priority, done, send: (done) => this.#sending.bury(id, priority, done) });
  }

  /** See {@link NodeConnection.keeps}. */
  keeps(wanted: number, done: (acts: number) => void): void {
    this.#granted = 0;
    if (this.#probe === undefined) {
      this.#clock.defer(() => done(Infinity));
      return;
    }
    if (wanted === 0) {
      this.#clock.defer(() => done(0));
      return;
    }
    const acts = Math.min(wanted, ACTS_PER_ANSWER);
    this.#probe.ask((writes) => {
      this.#granted = writes ? acts : 0;
      done(this.#granted);
    }, acts);
  }

  /** Something else is done to the job that ends its reservation: what waits is not sent. */
  supersedes(id: number): void {
    const act = this.#take(id);
    if (act !== undefined) this.#clock.defer(() => act.done({ kind: 'NOT_FOUND' }));
  }

  /** The job is kicked: what waits is to end so too. */
  kicks(id: number): void {
    const act = this.#take(id);
    if (act !== undefined) this.#sending.release(id, act.priority, 0, act.done);
  }

  close(): void {
    this.#probe?.close();
  }

  #act(act: LoggedAct): void {
    if (this.#probe === undefined || this.#granted > 0) {
      this.#granted--;
      this.#send(act);
      return;
    }
    this.#waiting.set(act.id, act);
    this.#probe.ask((writes) => {
      if (this.#waiting.get(act.id) !== act) return;
      this.#waiting.delete(act.id);
      if (writes) this.#send(act);
      else act.done(FULL);
    });
  }

  #take(id: number): LoggedAct | undefined {
    if (this.#waiting.size === 0) return undefined;
    const act = this.#waiting.get(id);
    this.#waiting.delete(id);
    return act;
  }

  /** The log may have failed after the probe: then the node has lost hold of the job, or has buried what was to wait. */
  #send({ send, done }: LoggedAct): void {
    send((reply) => {
      if (reply.kind === 'OUT_OF_MEMORY' || reply.kind === 'INTERNAL_ERROR') this.#probe?.refused();
      done(reply);
    });
  }
}
