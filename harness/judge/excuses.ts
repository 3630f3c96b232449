import type { EventOf, HistoryEvent } from '../history/history-event.js';

/** Deadlines, new connections and new leases take some time after a fault is over. */
const AFTERMATH_MS = 12_000;
/** The claim of a finished job all of whose copies are deleted is kept for so long; a tombstone for the retention. */
const ACCOUNTED_KEEP_MS = 3_600_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When each process could not do what it should, and what was forgotten, by a history. */
export class Excuses {
  readonly #gone = new Map<string, EventOf<'gone'>>();
  readonly #stalls: ReadonlyMap<string, readonly Span[]>;
  readonly #forgotten: readonly EventOf<'store-emptied'>[];
  readonly #cutOff: readonly EventOf<'cut-off'>[];
  readonly #disks: readonly EventOf<'disk-forgot'>[];

  constructor(events: readonly HistoryEvent[]) {
    const of = <Kind extends HistoryEvent['kind']>(kind: Kind): readonly EventOf<Kind>[] =>
      events.filter((event): event is EventOf<Kind> => event.kind === kind);
    for (const event of of('gone')) this.#gone.set(event.by, event);
    this.#stalls = spansBy(of('stalled'), ({ by }) => by);
    this.#forgotten = of('store-emptied');
    this.#cutOff = of('cut-off');
    this.#disks = of('disk-forgot');
  }

  /** By `by` the claim store may have forgotten something that it was told from `from` to `to`. */
  forgot(from: number, to: number, by: number): boolean {
    return this.#forgotten.some((span) => {
      return span.from <= to && (span.until ?? span.at) >= from && (span.begun ?? span.at) <= by;
    });
  }

  /** A disk that forgot a delete brought back a copy of a job that was over, whose claim may be forgotten by then too. */
  forgotDelete(over: number, start: number): boolean {
    return start - over > ACCOUNTED_KEEP_MS && this.#disks.some(({ at, until }) => at <= start && until >= over);
  }

  /** Some node lost writes, at any time. */
  get disksForget(): boolean {
    return this.#disks.length > 0;
  }

  /** When this life of a process ended without having closed. */
  deathOf(by: string): number | undefined {
    const gone = this.#gone.get(by);
    return gone?.asked === false ? gone.at : undefined;
  }

  /** Milliseconds in that time for which it stood still. */
  stalledMs(by: string, from: number, to: number): number {
    const stalls = this.#stalls.get(by) ?? [];
    return stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0);
  }

  /**
   * Whether it had any reason of its own to lose a lease in that time. That the store was away is none: everybody has to wait until those
   * who ran jobs meanwhile have had the time to say so.
   */
  mayLoseLease(by: string, from: number, to: number): boolean {
    const gone = this.#gone.get(by)?.at ?? Infinity;
    if ((gone >= from && gone <= to) || this.stalledMs(by, from, to) > 0) return true;
    return isCutOff(this.#cutOff, by, from, to);
  }

  /** Its answers from the claim store may all have come late in that time. */
  isSlow(by: string, from: number, to: number): boolean {
    const slow = this.#cutOff.filter((event) => event.slow === true);
    return isCutOff(slow, by, from, to);
  }
}

function isCutOff(events: readonly EventOf<'cut-off'>[], by: string, from: number, to: number): boolean {
  return events.some((event) => {
    return by.startsWith(`${event.by}.`) && event.at <= to && event.until + AFTERMATH_MS >= from;
  });
}

/** The times from each `on` to the next `off`, by a name. One that is never switched off lasts for ever. */
export function spansBy<Event extends { readonly at: number; readonly on: boolean }>(
  events: readonly Event[],
  nameOf: (event: Event) => string,
): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, { from: number; to: number }[]>();
  for (const event of events) {
    const name = nameOf(event);
    const spans = found.get(name) ?? [];
    found.set(name, spans);
    const last = spans.at(-1);
    const isOpen = last?.to === Infinity;
    if (event.on && !isOpen) spans.push({ from: event.at, to: Infinity });
    else if (!event.on && isOpen) last.to = event.at;
  }
  return found;
}
