import type { EventOf, HistoryEvent } from './history-event.js';

/** What happens now, so that nobody need say when. */
export type Happening<Event = HistoryEvent> = Event extends HistoryEvent ? Omit<Event, 'at'> : never;

/** Everything that happened, in the order it was heard of. Nothing is ever changed or taken out. */
export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #clock: { now(): number };

  /** @param clock the one clock of a run */
  constructor(clock: { now(): number }) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock.now();
  }

  get length(): number {
    return this.#events.length;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** Something that happened elsewhere. */
  add(event: HistoryEvent): void {
    this.#events.push(Object.freeze(event));
  }

  /** Something that happens here and now. */
  happened(happening: Happening): void {
    this.add({ at: this.now, ...happening });
  }

  of<Kind extends HistoryEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.#events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }
}
