import type { Clock, Timer } from '../base/clock.js';
import { PROBE_TUBE } from '../wire/tube-name.js';
import type { NodeConnection, PutCommand, Reply } from '../cluster/node-connection.js';

export type OnDisk = (writes: boolean) => void;

/** On which a probe is sent, and what relies on it. */
export type ProbedConnection = Pick<NodeConnection, 'put' | 'delete' | 'peekFirst'>;

/** Who waits for an answer, and how many acts are to follow on it. */
interface Asking {
  readonly acts: number;
  readonly done: OnDisk;
}

/** Longer than a probe takes: one that is ready is the leftover of a process, or a node, that died in between. */
const LEFT_AFTER_SECONDS = 60;
/** A release with a delay, or a bury, takes 84 bytes of the log. */
const LARGE_BYTES = 20_480;
const SMALL_BYTES = 2;
/** By this a probe is known when it is found again. */
const LARGE_BODY = 'A probe of nestjs-dq, which may be deleted.'.padEnd(LARGE_BYTES, '.');
/** So many acts may follow one answer: they take a quarter of what the probe took. */
export const ACTS_PER_ANSWER = 64;
/** Probes are not sent faster than that, unless as many wait as may follow one. */
const PAUSE_MS = 20;
/** A full node is not asked again before. It never frees the memory of what it refused. */
const FULL_FOR_MS = 500;

/**
 * Asks whether a node can still write its log, by a job that is deleted at once. On a full disk beanstalkd loses hold of a job that
 * it should bury, or release with a delay: nobody gets it until a restart (prot.c: it leaves the connection before the log is asked).
 * A put is refused without harm.
 *
 * No probe can be sure of what comes after it: the log has no room to set aside, so what a put finds it also takes, and it may have been
 * the last. How likely that is depends on how much larger the probe is than the acts that rely on it. So it is large, few acts
 * share an answer, and they go before the probe is deleted, since even that may make beanstalkd move old jobs within its log.
 *
 * - **unknown**: those who ask wait for a large probe. It is refused: full.
 * - **full**: they are told so at once, for half a second; then a small probe goes first. A large one has to be taken before
 *   the node counts as unknown again.
 */
export class DiskProbe {
  readonly #clock: Clock;
  readonly #connection: ProbedConnection;
  readonly #waiting: Asking[] = [];
  #acts = 0;
  #timer: Timer | undefined;
  #probing = false;
  #cleared = false;
  #full = false;
  #largest = LARGE_BYTES;
  #askAfter = 0;

  constructor(connection: ProbedConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** What `done` sends on the connection follows the probe. `acts`: at most {@link ACTS_PER_ANSWER}. */
  ask(done: OnDisk, acts = 1): void {
    if (this.#full && !this.#probing && this.#clock.monotonic() < this.#askAfter) {
      this.#clock.defer(() => done(false));
      return;
    }
    this.#waiting.push({ acts, done });
    this.#acts += acts;
    this.#askSoon();
  }

  /** The disk was found full in another way. */
  refused(): void {
    this.#full = true;
    this.#askAfter = this.#clock.monotonic() + FULL_FOR_MS;
    this.#tell(false, Infinity);
  }

  /** The connection is closed: those who wait find that out by what they send. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#tell(true, Infinity);
  }

  #askSoon(): void {
    if (this.#probing || this.#waiting.length === 0) return;
    const wait = this.#askAfter - this.#clock.monotonic();
    if (wait <= 0 || (this.#acts >= ACTS_PER_ANSWER && !this.#full)) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#probe(this.#full ? SMALL_BYTES : this.#largest);
    } else {
      this.#timer ??= this.#clock.after(wait, () => {
        this.#timer = undefined;
        this.#askSoon();
      });
    }
  }

  #probe(bytes: number): void {
    const connection = this.#connection;
    this.#probing = true;
    this.#askAfter = this.#clock.monotonic() + PAUSE_MS;
    connection.put(probeOf(bytes), (reply) => {
      this.#probing = false;
      this.#answered(reply, bytes);
      if ((reply.kind === 'INSERTED' || reply.kind === 'BURIED') && reply.id !== undefined) {
        connection.delete(reply.id, () => {});
      }
    });
    if (!this.#cleared) clear(connection);
    this.#cleared = true;
  }

  #answered(reply: Reply, bytes: number): void {
    if (reply.kind === 'JOB_TOO_BIG' && bytes > SMALL_BYTES) {
      this.#largest = SMALL_BYTES;
      this.#probe(SMALL_BYTES);
    } else if (reply.kind === 'OUT_OF_MEMORY' || reply.kind === 'BURIED' || reply.kind === 'INTERNAL_ERROR') {
      this.refused();
    } else if (reply.kind !== 'INSERTED') {
      // It says nothing of the disk: a draining node refuses every job before that.
      this.#tell(!this.#full, Infinity);
    } else if (bytes < this.#largest) {
      this.#probe(this.#largest);
    } else {
      this.#full = false;
      this.#tell(true, ACTS_PER_ANSWER);
      this.#askSoon();
    }
  }

  #tell(writes: boolean, most: number): void {
    let acts = 0;
    let told = 0;
    for (const asking of this.#waiting) {
      acts += asking.acts;
      if (acts > most) break;
      told++;
    }
    for (const { acts, done } of this.#waiting.splice(0, told)) {
      this.#acts -= acts;
      done(writes);
    }
  }
}

/** Takes away a probe that was left on the node before. Another program may have jobs in this tube too: they are none of ours. */
function clear(connection: ProbedConnection): void {
  connection.peekFirst(PROBE_TUBE, 'ready', (left) => {
    if (left.kind === 'FOUND' && left.body.toString('latin1') === LARGE_BODY) connection.delete(left.id, () => {});
  });
}

function probeOf(byteLength: number): PutCommand {
  return {
    tube: PROBE_TUBE,
    priority: 4_294_967_295,
    delaySeconds: LEFT_AFTER_SECONDS,
    ttrSeconds: 1,
    body: LARGE_BODY.slice(-byteLength),
    byteLength,
  };
}
