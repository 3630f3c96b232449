import type { Verb } from './command.js';

/** `use` and `ignore` are not sent as such: other commands stand for them. */
type Counted = Verb | 'use' | 'ignore';

/** How often a node was told what. */
export class NodeCounters {
  readonly #counts: Record<Counted, number> = {
    put: 0,
    use: 0,
    watch: 0,
    ignore: 0,
    reserve: 0,
    'reserve-job': 0,
    delete: 0,
    release: 0,
    bury: 0,
    touch: 0,
    peek: 0,
    'peek-ready': 0,
    'peek-delayed': 0,
    'peek-buried': 0,
    'kick-job': 0,
    stats: 0,
    'stats-tube': 0,
    'stats-job': 0,
    'list-tubes': 0,
  };

  of(what: Counted): number {
    return this.#counts[what];
  }

  count(what: Counted): void {
    this.#counts[what]++;
  }
}
