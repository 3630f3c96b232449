import type { BootContext } from '../base/boot-context.js';
import type { Node } from '../cluster/node.js';
import { DqJobIdError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { declaredTube } from '../options/declared-tube.js';
import { wholeNumber } from '../options/option-checks.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { isJobId } from '../wire/job-id.js';
import type { DqDeadLetter } from './found-letter.js';
import { DeadLetters } from './dead-letters.js';
import type { LookParts } from './declared-handle.js';
import { type DqJobStatus, lookAtHandle, lookAtId } from './job-status.js';
import { type DqHistoryEntry, type DqHistoryFilter, readHistory } from './history.js';
import { inTime } from '../base/in-time.js';
import { deadlineOf, type DqLookOptions } from './look-options.js';
import { type DqNextJob, nextJob } from './next-job.js';
import { type DqPause, type DqPauseOptions, pausedTubes, pauseTube } from './pauses.js';
import { type DqNodeState, NodeStates, unreachable } from './node-state.js';
import type { DqRunning, Vital } from '../base/vital-signs.js';
import { type DqPeek, peekAt } from './peek.js';
import { type DqTubeNames, tubeNames, tubesOf } from './tube-names.js';
import { countTube, type DqTubeCounts, notCounted, withPause } from './tube-counts.js';

const MOST_LETTERS = 100_000;
const USUAL_LETTERS = 100;

/** Which dead letters `retryAll` lets run. */
export interface DqRetryAllOptions {
  /** Also those that may have run before. @default false */
  readonly mayHaveRun?: boolean | undefined;
  /** How many at most. @default all */
  readonly limit?: number | undefined;
}

/** What it looks into. */
export interface InspectorParts extends LookParts {
  readonly context: BootContext;
}

/**
 * Looks into the nodes and the claim store, and decides on dead letters. Made for operators' tools; it takes no part in the work. What
 * concerns the dead letters of one tube is done one call after the other.
 */
export class DqInspector {
  readonly #parts: InspectorParts;
  readonly #consumers: ReadonlyMap<string, Vital>;
  readonly #letters: DeadLetters;
  readonly #states = new NodeStates();

  /** Made by the module; inject it rather than calling this. */
  constructor(parts: InspectorParts, consumers: ReadonlyMap<string, Vital>) {
    this.#parts = parts;
    this.#consumers = consumers;
    this.#letters = new DeadLetters(parts);
  }

  /**
   * The state of every node. Asks all at once, and resolves with what they have said when the `deadline` is over, or sooner when all have.
   * @throws DqOptionsError
   */
  async nodes(options: DqLookOptions = {}): Promise<readonly DqNodeState[]> {
    const ms = deadlineOf(options);
    return this.#ofAll(
      ms,
      (node) => this.#states.read(node),
      (node) => unreachable(node, `${node.endpoint} did not answer within ${ms} ms.`),
    );
  }

  /**
   * Copies per tube and node, of one tube or of all that are declared. Asks as {@link nodes} does.
   * @throws DqHandlerError when the tube is not declared; DqOptionsError
   */
  async counts(tube?: string, options: DqLookOptions = {}): Promise<readonly DqTubeCounts[]> {
    const ms = deadlineOf(options);
    const tubes = tube === undefined ? [...this.#parts.tubes.keys()] : [this.#settings(tube).name];
    const counts = tubes.map(async (name) => {
      const [paused, nodes] = await Promise.all([
        this.#isPaused(name, ms),
        this.#ofAll(
          ms,
          (node) => countTube(name, node),
          (node) => notCounted(name, node),
        ),
      ]);
      return nodes.map((node) => withPause(node, paused));
    });
    return (await Promise.all(counts)).flat();
  }

  /**
   * The tubes that are on the nodes, or are paused as far as Redis says, declared or not. Asks as {@link nodes} does.
   * @throws DqOptionsError
   */
  async tubes(options: DqLookOptions = {}): Promise<DqTubeNames> {
    const ms = deadlineOf(options);
    const [paused, said] = await Promise.all([
      inTime(
        this.#parts.clock,
        ms,
        this.paused().catch(() => []),
        [],
      ),
      this.#ofAll(ms, tubesOf, () => undefined),
    ]);
    return tubeNames(
      this.#parts.cluster.nodes,
      said,
      paused.map(({ tube }) => tube),
    );
  }

  /**
   * What is in a job, and where its copies are, as the nodes that its handle names show it. Changes nothing. The payload comes as it is kept.
   * @throws DqHandleError; DqOptionsError; DqConnectionError when a handle of dq cannot be understood because nodes do not answer
   */
  async peek(handle: string, options: DqLookOptions = {}): Promise<DqPeek> {
    const ms = deadlineOf(options);
    return this.#parts.context.enter(() => peekAt(handle, this.#parts, ms));
  }

  /** What became of a job of a declared tube, by its handle, or by its id. Throws as {@link DqProducer.status} does. */
  async status(job: string | { readonly tube: string; readonly id: string }): Promise<DqJobStatus> {
    const parts = this.#parts;
    return parts.context.enter(() =>
      typeof job === 'string' ? lookAtHandle(job, parts) : lookAtId(job.id, this.#settings(job.tube), parts),
    );
  }

  /**
   * The handlers that run in this process: of one tube, or of all tubes that have a handler here. Asks no server. A handler that has run for
   * very long may wait for something that never comes; see the event `handlers-stuck`, and `timeout`.
   * @throws DqHandlerError when the tube is not declared
   */
  running(tube?: string): readonly DqRunning[] {
    const name = tube === undefined ? undefined : this.#settings(tube).name;
    const all = [...this.#consumers.values()].map(({ running }) => running);
    return name === undefined ? all : all.filter((each) => each.tube === name);
  }

  /**
   * The job of a tube that is due next, or undefined when none waits. Jobs that wait for another attempt, or that have run for more than a
   * second, come after all others, and hide those behind them on their node.
   */
  async next(tube: string): Promise<DqNextJob | undefined> {
    const { name } = this.#settings(tube);
    return this.#parts.context.enter(() => nextJob(name, this.#parts.cluster.nodes, this.#parts.clock.now()));
  }

  /**
   * The dead letters of a tube, each job once: what is among the first `limit` buried copies of each node, by default 100, from 1 up to
   * 100,000. Reading holds them for moments and puts them behind the others, so the next call shows the next ones. Copies of jobs that are
   * already over are cleared away. With an `id` only that letter is in the answer. What cannot be read within `deadline`, by default 30 s, is not.
   */
  async dead(
    tube: string,
    {
      limit = USUAL_LETTERS,
      id,
      ...look
    }: DqLookOptions & { readonly limit?: number | undefined; readonly id?: string | undefined } = {},
  ): Promise<readonly DqDeadLetter[]> {
    const settings = this.#settings(tube);
    wholeNumber(limit, 'limit', 1, MOST_LETTERS);
    const only = id === undefined ? undefined : checkLetterId(id);
    const forMs = look.deadline === undefined ? undefined : deadlineOf(look);
    return this.#parts.context.enter(() => this.#letters.list(settings, limit, { id: only, forMs }));
  }

  /**
   * Stops a tube everywhere: from the moment this resolves, about a second after the call (at once where the queue is embedded), no attempt of it starts in any process, until
   * {@link resume}, or until `for` is over. What runs goes on, scheduling goes on, and what `expires` says is applied afterwards. A tube that is
   * paused gets the new end and reason. Redis keeps the pause: when it loses its memory, the tube is not paused any more; `consume: false` is the
   * pause that nothing forgets. Consumers of Go's dq do not know of it.
   * @throws DqHandlerError when the tube is not declared; DqOptionsError; DqClaimStoreError when Redis does not answer: ask {@link paused} then
   */
  async pause(tube: string, options: DqPauseOptions = {}): Promise<DqPause> {
    const { name } = this.#settings(tube);
    return this.#parts.context.enter(() => pauseTube(name, options, this.#parts.store.pauses, this.#parts.clock));
  }

  /**
   * Ends a pause: consumers see it within a second, embedded ones at once. False where the tube was not paused.
   * @throws DqHandlerError when the tube is not declared; DqClaimStoreError when Redis does not answer
   */
  async resume(tube: string): Promise<boolean> {
    const { name } = this.#settings(tube);
    return this.#parts.context.enter(() => this.#parts.store.pauses.resume(name));
  }

  /** The tubes that are paused, declared or not. @throws DqClaimStoreError when Redis does not answer */
  paused(): Promise<readonly DqPause[]> {
    return this.#parts.context.enter(() => pausedTubes(this.#parts.tubes.keys(), this.#parts.store.pauses));
  }

  /**
   * What became of the last attempts of a tube that keeps a history, the latest first. Looks through at most as many as the tube keeps. While Redis is
   * away nothing is written; what Redis has lost is gone. While a Redis Cluster moves the tube, and for plain tubes in a Cluster, nothing is written.
   * @throws DqHandlerError when the tube is not declared; DqOptionsError when it keeps no history; DqClaimStoreError when Redis does not answer
   */
  async history(tube: string, filter: DqHistoryFilter = {}): Promise<readonly DqHistoryEntry[]> {
    const settings = this.#settings(tube);
    return this.#parts.context.enter(() => readHistory(settings, this.#parts.store, filter));
  }

  /**
   * Lets a dead letter run again, with all its attempts. Resolves to false when no dead letter has this id, and also when it was not reached
   * within 30 s or another process was looking at it; then call it again. When it rejects, some of the copies may be on their way all the
   * same.
   */
  async retry(tube: string, id: string): Promise<boolean> {
    return (await this.#resolve(tube, 'retry', checkLetterId(id))) > 0;
  }

  /**
   * Lets all dead letters of a tube run again. Resolves to how many. Bodies that are no jobs stay where they are, and so do
   * letters that may have run before ({@link DqDeadLetter.mayHaveRun}), unless `mayHaveRun` is true. What is not reached within
   * 30 s stays too, so with very many call it until it resolves to 0. With a `limit`, from 1 up to 100,000, it is at most so many.
   */
  retryAll(tube: string, { mayHaveRun = false, limit }: DqRetryAllOptions = {}): Promise<number> {
    return this.#resolve(tube, 'retry', undefined, mayHaveRun, limit);
  }

  /** Deletes a dead letter for good. Resolves to false as {@link retry} does. */
  async delete(tube: string, id: string): Promise<boolean> {
    return (await this.#resolve(tube, 'drop', checkLetterId(id))) > 0;
  }

  /**
   * Deletes all dead letters of a tube for good, bodies that are no jobs too. Resolves to how many. What is not reached within 30 s
   * stays, so with very many call it until it resolves to 0. With a `limit`, from 1 up to 100,000, it is at most so many, and bodies that are no
   * jobs stay.
   */
  deleteAll(tube: string, { limit }: { readonly limit?: number | undefined } = {}): Promise<number> {
    return this.#resolve(tube, 'drop', undefined, true, limit);
  }

  /** Asks all nodes at once; of one that has not answered in time, what is known without it. */
  #ofAll<T>(ms: number, read: (node: Node) => Promise<T>, silent: (node: Node) => T): Promise<readonly T[]> {
    return this.#parts.context.enter(() =>
      Promise.all(this.#parts.cluster.nodes.map((node) => inTime(this.#parts.clock, ms, read(node), silent(node)))),
    );
  }

  /** Undefined when the claim store does not say in time. */
  #isPaused(tube: string, ms: number): Promise<boolean | undefined> {
    return this.#parts.context.enter(() => {
      const isPaused = this.#parts.store.pauses.look(tube).then(
        (pause) => pause !== undefined,
        () => undefined,
      );
      return inTime(this.#parts.clock, ms, isPaused, undefined);
    });
  }

  async #resolve(
    tube: string,
    how: 'retry' | 'drop',
    id: string | undefined,
    mayHaveRun = true,
    most?: number,
  ): Promise<number> {
    const { name } = this.#settings(tube);
    const limit = most === undefined ? Infinity : wholeNumber(most, 'limit', 1, MOST_LETTERS);
    return this.#parts.context.enter(() => this.#letters.resolve(name, how, { id, mayHaveRun, limit }));
  }

  #settings(tube: string): TubeSettings {
    return declaredTube(this.#parts.tubes, tube, 'a call of DqInspector');
  }
}

/** An id that is missing must not come to mean all of them. */
function checkLetterId(id: unknown): string {
  if (isJobId(id)) return id;
  throw new DqJobIdError(
    `Expected the id of a dead letter as dead() shows it, got ${shown(id)}. Use retryAll or deleteAll for all of the tube.`,
  );
}
