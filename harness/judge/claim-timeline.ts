import type { EventOf, HistoryEvent } from '../history/history-event.js';

/** A run, with the grant that it came from. */
export interface ClaimedRun {
  readonly start: EventOf<'start'>;
  readonly granted: EventOf<'granted'> | undefined;
  /** Where it stands in the history. */
  readonly order: number;
}

interface Settled {
  readonly event: EventOf<'settled'>;
  readonly order: number;
}

/** What the store decided of one claim, and what was run under it. */
export interface ClaimTimeline {
  readonly key: string;
  readonly runs: ClaimedRun[];
  readonly grants: { readonly event: EventOf<'granted'>; readonly order: number }[];
  /** Those that counted. */
  readonly settled: Settled[];
  readonly tombstones: EventOf<'tombstone'>[];
  /** Of a write with a caller's own id: when its id was found free, what was said of the write, and when it was accepted. */
  admitted: EventOf<'admitted'> | undefined;
  readonly concluded: EventOf<'concluded'>[];
  accepted: EventOf<'concluded'> | undefined;
}

/** Sorts what the store saw by claims. */
export function tellClaims(events: readonly HistoryEvent[]): ReadonlyMap<string, ClaimTimeline> {
  const timelines = new Map<string, ClaimTimeline>();
  const of = (key: string): ClaimTimeline => {
    let timeline = timelines.get(key);
    if (timeline === undefined) timelines.set(key, (timeline = newTimeline(key)));
    return timeline;
  };
  /** Which write has an id, by the key without a generation. */
  const owners = new Map<string, string>();
  let start: EventOf<'start'> | undefined;
  events.forEach((event, order) => {
    switch (event.kind) {
      case 'granted':
        of(event.key).grants.push({ event, order });
        break;
      case 'settled':
        if (event.answer === 'settled') of(event.key).settled.push({ event, order });
        break;
      case 'tombstone':
        of(owners.get(event.key) ?? event.key).tombstones.push(event);
        break;
      case 'admitted':
        if (event.answer !== 'admitted') break;
        of(event.key).admitted ??= event;
        owners.set(event.key.slice(0, event.key.lastIndexOf('#')), event.key);
        break;
      case 'concluded': {
        const timeline = of(event.key);
        timeline.concluded.push(event);
        if (event.written && event.counts) timeline.accepted ??= event;
        break;
      }
      case 'start':
        start = event;
        break;
      case 'run': {
        if (start === undefined) break;
        const { by, attempt } = start;
        const timeline = of(event.key);
        const granted = timeline.grants.findLast(({ event }) => event.by === by && event.attempt === attempt);
        timeline.runs.push({ start, granted: granted?.event, order });
        break;
      }
      default:
    }
  });
  return timelines;
}

function newTimeline(key: string): ClaimTimeline {
  return {
    key,
    runs: [],
    grants: [],
    settled: [],
    tombstones: [],
    admitted: undefined,
    concluded: [],
    accepted: undefined,
  };
}
