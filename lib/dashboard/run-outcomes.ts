import type { DqRuntime } from '../core/runtime.js';
import { inOneLook } from './in-one-look.js';

/** A job that a schedule was. */
export interface Run {
  readonly tube: string;
  readonly id: string;
  readonly at: Date;
  readonly handle?: string;
}

const CLAIMS_MS = 200;
const HISTORY_MS = 150;
/** A younger one may be about to be claimed. */
const SETTLED_MS = 60_000;
const MOST_KEPT = 1_000;

/** What became of runs of schedules: claims tell, and where they have forgotten it, a history that the tube keeps. */
export class RunOutcomes {
  readonly #runtime: DqRuntime;
  /** What histories told, or did not: it stays so, and a look at a history costs as much as 1,000 entries. */
  readonly #past = new Map<string, string | undefined>();

  constructor(runtime: DqRuntime) {
    this.#runtime = runtime;
  }

  /** By id; those are left out of which nobody knows. */
  async look(runs: readonly Run[]): Promise<ReadonlyMap<string, string>> {
    const { inspector, parts } = this.#runtime;
    const asked = runs.map(({ tube, id }) => inspector.status({ tube, id }));
    const answers = await inOneLook(parts.clock, CLAIMS_MS, asked);
    const states = runs.map(({ id }, at) => [id, answers[at]?.value.state] as const);
    const forgotten = runs.filter((_, at) => states[at]?.[1] === 'unknown');
    await this.#lookBack(forgotten);
    const known = states.map(([id, state]) => [id, state === 'unknown' ? this.#past.get(id) : state] as const);
    return new Map(known.filter((one): one is [string, string] => one[1] !== undefined));
  }

  async #lookBack(runs: readonly Run[]): Promise<void> {
    const { inspector, parts } = this.#runtime;
    const now = parts.clock.now();
    const old = runs.filter(({ id, at }) => !this.#past.has(id) && now - +at > SETTLED_MS);
    const tubes = [...new Set(old.map(({ tube }) => tube))].filter(
      (tube) => parts.tubes.get(tube)?.history !== undefined,
    );
    const answers = await inOneLook(
      parts.clock,
      HISTORY_MS,
      tubes.map((tube) => inspector.history(tube, { limit: MOST_KEPT })),
    );
    for (const { tube, id } of old) {
      const entries = answers[tubes.indexOf(tube)]?.value;
      if (entries !== undefined) this.#keep(id, entries.find((entry) => entry.id === id)?.outcome);
    }
  }

  #keep(id: string, outcome: string | undefined): void {
    this.#past.set(id, outcome);
    const [oldest] = this.#past.keys();
    if (this.#past.size > MOST_KEPT && oldest !== undefined) this.#past.delete(oldest);
  }
}
