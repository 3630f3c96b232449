import type { HistoryEvent } from '../history/history-event.js';
import type { RunTimeline } from './job-timeline.js';

/**
 * Why a job ran once more:
 * - **retry**: the run before failed or timed out.
 * - **given back**: the run before was given back by a closing process.
 * - **died**: the process of the run before ended in the middle of it, or before its result can have been settled.
 * - **store lost**: the claim store forgot in between that the job was run, or that the run before had ended.
 * - **revoke lost**: it was revoked, and the claim store forgot that.
 * - **lease lost**: the process of the run before stood still, or was told that its lease or result no longer counts.
 * - **unexplained**: none of these.
 */
export type Cause = 'retry' | 'given back' | 'died' | 'lease lost' | 'store lost' | 'revoke lost' | 'unexplained';

/** A result is settled within this time, unless the claim store is away. */
const SETTLED_WITHIN_MS = 1_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a history says about processes and the store, for finding causes. */
export class Causes {
  readonly #deaths = new Map<string, number>();
  readonly #stalls = new Map<string, Span[]>();
  readonly #refused = new Map<string, number[]>();
  readonly #emptied: (Span & { readonly at: number })[] = [];
  readonly #storeAway: readonly Span[];

  constructor(events: readonly HistoryEvent[]) {
    for (const event of events) {
      if (event.kind === 'gone' && !event.asked) this.#deaths.set(event.by, event.at);
      if (event.kind === 'store-emptied') {
        this.#emptied.push({ from: event.from, to: event.until ?? event.at, at: event.at });
      }
      if (event.kind === 'told' && event.type === 'result-refused') {
        const key = `${event.by} ${event.id ?? ''}`;
        this.#refused.set(key, [...(this.#refused.get(key) ?? []), event.at]);
      }
    }
    for (const by of new Set(events.flatMap((event) => (event.kind === 'stalled' ? event.by : [])))) {
      this.#stalls.set(by, spans(events.filter((event) => event.kind === 'stalled' && event.by === by)));
    }
    this.#storeAway = spans(events.filter((event) => event.kind === 'fault' && event.name.startsWith('redis')));
  }

  /** Why `run` followed `before`. */
  of(before: RunTimeline, run: RunTimeline): Cause {
    const from = before.start.at;
    const to = run.start.at;
    const during = (at: number | undefined): boolean => at !== undefined && at >= from && at <= to;
    if (before.end?.outcome === 'failed') return 'retry';
    if (before.aborted.some(({ reason }) => reason === 'DqTimeoutError')) return 'retry';
    if (before.aborted.some(({ reason }) => reason === 'DqShutdownError')) return 'given back';
    const died = this.#deaths.get(before.start.by);
    if (during(died) && this.#unsettledAt(before, died as number)) return 'died';
    const heard = before.end?.at ?? from;
    if (this.forgot(heard, heard + SETTLED_WITHIN_MS, to)) return 'store lost';
    if (before.aborted.some(({ reason }) => reason === 'DqLeaseLostError')) return 'lease lost';
    // The refusal itself may come after the other run has begun.
    if (this.#refused.get(`${before.start.by} ${before.start.id}`)?.some((at) => at >= from)) return 'lease lost';
    if (this.#stalls.get(before.start.by)?.some((stall) => stall.from <= to && stall.to >= from)) return 'lease lost';
    return 'unexplained';
  }

  /** Whether the store was told something from `from` to `to`, and had begun to forget it by `by`. */
  forgot(from: number, to: number, by: number): boolean {
    return this.#emptied.some((span) => span.from <= Math.min(to, by) && span.to >= from);
  }

  /** Whether the run's outcome may have been untold when its process died. */
  #unsettledAt({ end }: RunTimeline, died: number): boolean {
    if (end === undefined || died - end.at <= SETTLED_WITHIN_MS) return true;
    return this.#storeAway.some(({ from, to }) => from <= end.at + SETTLED_WITHIN_MS && to >= died - SETTLED_WITHIN_MS);
  }
}

/** The times from each `on` to the next `off`. One that is never switched off lasts for ever. */
export function spans(events: readonly HistoryEvent[]): Span[] {
  const open = new Map<string, number>();
  const found: Span[] = [];
  for (const event of events) {
    if (event.kind !== 'fault' && event.kind !== 'stalled') continue;
    const name = event.kind === 'fault' ? event.name : event.by;
    const from = open.get(name);
    if (event.on) open.set(name, from ?? event.at);
    else if (from !== undefined) {
      found.push({ from, to: event.at });
      open.delete(name);
    }
  }
  for (const from of open.values()) found.push({ from, to: Infinity });
  return found;
}
