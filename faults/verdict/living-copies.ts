import type { HistoryEvent } from '../../harness/history/history-event.js';
import { type Span, spansBy } from '../../harness/judge/excuses.js';
import type { JobTimeline } from '../../harness/judge/job-timeline.js';

/** Clients come back to a node that was away within this time. */
const BACK_WITHIN_MS = 6_000;
/** A copy must still be there when its job may start. */
const AFTER_MS = 200;

/** Which jobs had a copy on a node that worked when they came due. Only those can be expected to be on time. */
export class LivingCopies {
  readonly #away = new Map<string, readonly Span[]>();
  readonly #emptied: { readonly at: number; readonly node: string }[] = [];

  constructor(events: readonly HistoryEvent[]) {
    for (const event of events) {
      if (event.kind === 'node-emptied') this.#emptied.push(event);
    }
    const faults = events.filter((event) => event.kind === 'fault');
    for (const node of new Set(faults.flatMap(({ nodes }) => nodes))) {
      const its = faults.filter(({ nodes }) => nodes.includes(node));
      this.#away.set(node, [...spansBy(its, ({ name }) => name).values()].flat());
    }
  }

  /** Whether a node that acknowledged the job has been working for long enough at `due`. */
  has({ acked }: JobTimeline, due: number): boolean {
    if (acked === undefined) return false;
    return acked.nodes.some((node) => {
      const away = this.#away.get(node)?.some(({ from, to }) => from < due + AFTER_MS && to > due - BACK_WITHIN_MS);
      return away !== true && !this.#emptied.some((event) => event.node === node && event.at > acked.at);
    });
  }
}
