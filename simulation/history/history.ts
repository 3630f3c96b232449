import { createHash } from 'node:crypto';
import { EPOCH_MS, type VirtualTime } from '../time/virtual-time.js';
import type { SimulationEvent, SimulationEventOf } from './simulation-event.js';

type Timeless<Event> = Event extends SimulationEvent ? Omit<Event, 'at'> : never;

/** Everything that happened in one simulation, in order. */
export class History {
  readonly #time: VirtualTime;
  readonly #events: SimulationEvent[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get events(): readonly SimulationEvent[] {
    return this.#events;
  }

  get now(): number {
    return EPOCH_MS + this.#time.now;
  }

  add(event: Timeless<SimulationEvent>): void {
    this.#events.push({ at: this.now, ...event });
  }

  of<Kind extends SimulationEvent['kind']>(kind: Kind): SimulationEventOf<Kind>[] {
    return this.#events.filter((event): event is SimulationEventOf<Kind> => event.kind === kind);
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
