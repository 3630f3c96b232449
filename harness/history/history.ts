import type { EventOf, HistoryEvent } from './history-event.js';

/** Everything that happened, in the order it was heard of. Nothing is ever changed or taken out. */
export class History {
  readonly #events: HistoryEvent[] = [];

  get length(): number {
    return this.#events.length;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  add(event: HistoryEvent): void {
    this.#events.push(Object.freeze(event));
  }

  of<Kind extends HistoryEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.#events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }
}
