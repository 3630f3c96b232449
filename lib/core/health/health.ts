import type { BootContext } from '../base/boot-context.js';
import type { Clock } from '../base/clock.js';
import type { ClaimStore } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import type { DqDuration } from '../options/duration.js';
import { duration } from '../options/option-checks.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { Overdue } from './overdue.js';
import { Standstill } from './standstill.js';
import type { Vital } from '../base/vital-signs.js';

/** One tube in this process. */
export interface DqTubeHealth {
  readonly tube: string;
  /** Jobs that are due and held here, and wait for their claim or a slot. */
  readonly waiting: number;
  readonly running: number;
  readonly concurrency: number;
  /** Copies that this process holds, of jobs that wait or run here. */
  readonly held: number;
  readonly oldestRunMs: number | undefined;
  /** Whether the tube is paused, so that no job of it starts. A process that has nothing to run may not know yet. */
  readonly paused: boolean;
  /** How long its oldest job has been due, among those that nobody has taken; undefined unless `overdue` was asked for. */
  readonly overdueMs: number | undefined;
}

export interface DqHealthReport {
  /**
   * False only when this process has stopped taking jobs although it could: a node is up and a lane with room gets no answer, or due jobs
   * are not claimed although slots are free. A restart helps. Never false because servers are away.
   */
  readonly alive: boolean;
  /** True when enough nodes and the claim store can be reached, and no job is overdue for longer than was asked. A paused tube is not overdue. */
  readonly ready: boolean;
  /** Why it is not alive or not ready. */
  readonly reasons: readonly string[];
  readonly nodes: readonly { readonly node: string; readonly up: boolean }[];
  readonly store: { readonly up: boolean };
  readonly tubes: readonly DqTubeHealth[];
}

export interface DqHealthOptions {
  /** Not ready while a job that this process has a handler for has been due for longer and nobody has taken it. @default no limit */
  readonly overdue?: DqDuration | undefined;
}

/** What is asked. */
export interface HealthParts {
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly context: BootContext;
  readonly options: Pick<ResolvedOptions, 'minWrites' | 'commandDeadlineMs' | 'embedded'>;
}

/** Whether this process does its work. Answers at once and from memory, whatever hangs: for the probes of an orchestrator. */
export class DqHealth {
  readonly #parts: HealthParts;
  readonly #consumers: ReadonlyMap<string, Vital>;
  readonly #standstill: Standstill;
  readonly #overdue: Overdue;

  /** Made by the module; inject it rather than calling this. */
  constructor(parts: HealthParts, consumers: ReadonlyMap<string, Vital>) {
    this.#parts = parts;
    this.#consumers = consumers;
    this.#standstill = new Standstill(consumers, parts.clock, parts.options.commandDeadlineMs);
    this.#overdue = new Overdue(parts.cluster, parts.clock);
  }

  /**
   * The state of this process. From the first call on it checks once a second whether consumers stand still, so it can only say so from the
   * second call on: within 12 s with the default `commandDeadline`.
   * @throws DqOptionsError
   */
  check({ overdue }: DqHealthOptions = {}): DqHealthReport {
    const overdueMs = overdue === undefined ? undefined : duration(overdue, 'overdue', 1);
    return this.#parts.context.enter(() => this.#check(overdueMs));
  }

  /** Looks no more. */
  close(): void {
    this.#standstill.close();
  }

  #check(longestMs: number | undefined): DqHealthReport {
    this.#standstill.watch();
    const { cluster, store, clock, options } = this.#parts;
    const { minWrites, embedded } = options;
    const signs = [...this.#consumers.values()].map((consumer) => consumer.signs);
    const stands = signs.flatMap((one) => this.#standstill.reasons(one));
    const late = longestMs === undefined ? undefined : this.#overdue.ms(this.#consumers.keys());
    const paused = new Set(signs.flatMap((one) => (one.paused ? [one.tube] : [])));
    const nodes = cluster.nodes.map(({ endpoint, health }) => ({
      node: endpoint,
      // An embedded one is this process itself.
      up: health.up && (embedded !== undefined || health.reached),
    }));
    const unready: string[] = [];
    const up = nodes.filter((node) => node.up).length;
    if (up < minWrites) unready.push(`${up} of ${nodes.length} node(s) can be reached, ${minWrites} are needed`);
    if (!store.up) unready.push('the claim store cannot be reached');
    for (const [tube, ms] of late ?? []) {
      if (ms > (longestMs ?? Infinity) && !paused.has(tube))
        unready.push(`the oldest job of tube "${tube}" has been due for ${ms} ms`);
    }
    return {
      alive: stands.length === 0,
      ready: unready.length === 0,
      reasons: [...stands, ...unready],
      nodes,
      store: { up: store.up },
      tubes: signs.map(({ tube, lanes, waiting, running, concurrency, oldest, paused }) => ({
        tube,
        waiting,
        running,
        concurrency,
        held: lanes.reduce((sum, { held }) => sum + held, 0),
        oldestRunMs: oldest && Math.max(0, clock.now() - +oldest.startedAt),
        paused,
        overdueMs: late?.get(tube),
      })),
    };
  }
}
