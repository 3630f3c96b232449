import { createHash } from 'node:crypto';
import type { EventOf, HistoryEvent } from '../../harness/history/history-event.js';
import { EPOCH_MS, type VirtualTime } from '../time/virtual-time.js';

type Timeless<Event> = Event extends HistoryEvent ? Omit<Event, 'at'> : never;

/** Everything that happened in one simulation, in order. */
export class History {
  readonly #time: VirtualTime;
  readonly #events: HistoryEvent[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  get now(): number {
    return EPOCH_MS + this.#time.now;
  }

  add(event: Timeless<HistoryEvent>): void {
    this.#events.push({ at: this.now, ...event });
  }

  of<Kind extends HistoryEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.#events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }

  /** One line for each event; moments in milliseconds since the start. */
  get lines(): string[] {
    return this.#events.map((event) => {
      const { at, kind, ...rest } = event;
      return `${(at - EPOCH_MS).toFixed(3).padStart(14)} ${kind} ${JSON.stringify(rest)}`;
    });
  }

  /** The same for the same history, to the last byte. */
  get digest(): string {
    const hash = createHash('sha256');
    for (const line of this.lines) hash.update(line).update('\n');
    return hash.digest('hex');
  }
}
