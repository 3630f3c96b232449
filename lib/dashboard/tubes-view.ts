import type { KnownPause } from '../core/claims/pause-claims.js';
import type { Node } from '../core/cluster/node.js';
import { type DqNextJob, nextJob } from '../core/inspector/next-job.js';
import { countTube, type NodeCounts } from '../core/inspector/tube-counts.js';
import type { Vital } from '../core/base/vital-signs.js';
import type { DqRuntime } from '../core/runtime.js';
import { type Answered, inOneLook } from './in-one-look.js';
import { Shared } from './shared.js';
import type { CopyState, HereState, JobRange, NodeCopies, PauseState, TubeRow, TubesView } from './wire.js';

/** Of a second, in which the answer is to be there: for counts and pauses, then for what is due next. */
const COUNT_MS = 600;
const NEXT_MS = 250;
/** A look at what is due next carries bodies, two of each node: so many tubes at a time, those first that were looked at longest ago. */
const MOST_NEXT = 20;
const STATES = ['scheduled', 'ready', 'running', 'dead'] as const;
/** All clients of beanstalkd begin there. */
const EVERYBODYS = 'default';

interface KnownNext {
  readonly job: DqNextJob | undefined;
  readonly at: number;
}

/** The declared tubes. A look costs each node one command for each tube, and at most 40 for what is due next; Redis one for each tube. */
export class TubesViews extends Shared<TubesView> {
  readonly #runtime: DqRuntime;
  readonly #used: () => readonly string[];
  readonly #next = new Map<string, KnownNext>();

  /** `used`: the tubes that this application means, once it has booted. */
  constructor(runtime: DqRuntime, used: () => readonly string[]) {
    super(runtime.parts.clock);
    this.#runtime = runtime;
    this.#used = used;
  }

  protected override look(): Promise<TubesView> {
    return this.#runtime.context.enter(() => this.#look());
  }

  async #look(): Promise<TubesView> {
    const { cluster, clock, store, tubes } = this.#runtime.parts;
    const { nodes } = cluster;
    const names = [...tubes.keys()];
    const [counts, pauses] = await Promise.all([
      inOneLook(
        clock,
        COUNT_MS,
        names.flatMap((tube) => nodes.map((node) => countTube(tube, node))),
      ),
      inOneLook(
        clock,
        COUNT_MS,
        names.map((tube) => store.pauses.look(tube)),
      ),
    ]);
    const rows = names.map((name, row) => ({
      name,
      nodes: nodes.map((node, at) => copiesOn(node, counts[row * nodes.length + at])),
      pause: pauseOf(pauses[row]),
    }));
    await this.#lookAhead(rows);
    return { at: clock.now(), tubes: rows.map((row) => this.#row(row)) };
  }

  #row({ name, nodes, pause }: Pick<TubeRow, 'name' | 'nodes' | 'pause'>): TubeRow {
    const job = hasWaiting(nodes) ? this.#next.get(name)?.job : undefined;
    return {
      name,
      nodes,
      jobs: jobsOf(nodes),
      next: job === undefined ? null : { ...job, dueAt: +job.dueAt },
      pause,
      consumers: name === EVERYBODYS ? null : most(nodes, 'watching'),
      here: hereOf(this.#runtime.consumers.get(name)),
      idle: pause.state === 'open' && nodes.every(isEmpty) && !this.#isMeant(name),
    };
  }

  #isMeant(name: string): boolean {
    const { options, consumers } = this.#runtime;
    return name !== options.defaultTube || consumers.has(name) || this.#used().includes(name);
  }

  async #lookAhead(rows: readonly Pick<TubeRow, 'name' | 'nodes'>[]): Promise<void> {
    const { cluster, clock } = this.#runtime.parts;
    const waiting = rows.filter(({ nodes }) => hasWaiting(nodes));
    const chosen = waiting
      .toSorted((one, other) => (this.#next.get(one.name)?.at ?? 0) - (this.#next.get(other.name)?.at ?? 0))
      .slice(0, MOST_NEXT);
    const answers = await inOneLook(
      clock,
      NEXT_MS,
      chosen.map(({ name, nodes }) => {
        const answering = cluster.nodes.filter((_, at) => nodes[at]?.counts !== null);
        return nextJob(name, answering, clock.now());
      }),
    );
    for (const [at, { name }] of chosen.entries()) this.#next.set(name, { job: answers[at]?.value, at: clock.now() });
  }
}

/** Null where the tube has no handler in this process. */
export function hereOf(consumer: Vital | undefined): HereState | null {
  if (consumer === undefined) return null;
  const { running, concurrency, oldest } = consumer.running;
  return {
    running,
    concurrency,
    oldest: oldest === undefined ? null : { id: oldest.id, startedAt: +oldest.startedAt },
  };
}

export function pauseOf(answer: Answered<KnownPause | undefined>): PauseState {
  if (answer === undefined) return { state: 'unknown' };
  const { value: pause } = answer;
  if (pause === undefined) return { state: 'open' };
  const { sinceMs: since, untilMs, reason } = pause;
  return { state: 'paused', since, until: untilMs ?? null, reason: reason === '' ? null : reason };
}

export function copiesOn({ endpoint: node }: Node, answer: Answered<NodeCounts>): NodeCopies {
  if (answer === undefined || !answer.value.reachable) return { node, counts: null };
  const { scheduled, ready, running, dead, watching } = answer.value;
  return { node, counts: { scheduled, ready, running, dead, watching } };
}

function jobsOf(nodes: readonly NodeCopies[]): Readonly<Record<CopyState, JobRange>> | null {
  const known = nodes.flatMap(({ counts }) => counts ?? []);
  if (known.length === 0) return null;
  const range = (state: CopyState): JobRange => ({
    least: Math.max(...known.map((counts) => counts[state])),
    most: known.reduce((sum, counts) => sum + counts[state], 0),
  });
  return Object.fromEntries(STATES.map((state) => [state, range(state)])) as Record<CopyState, JobRange>;
}

export function most(nodes: readonly NodeCopies[], state: CopyState | 'watching'): number | null {
  const known = nodes.flatMap(({ counts }) => counts?.[state] ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

/** And known to be: without a job, and without a process that waits for one. */
function isEmpty({ counts }: NodeCopies): boolean {
  return counts !== null && Object.values(counts).every((count) => count === 0);
}

function hasWaiting(nodes: readonly NodeCopies[]): boolean {
  return (most(nodes, 'ready') ?? 0) + (most(nodes, 'scheduled') ?? 0) > 0;
}
