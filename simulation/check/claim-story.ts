import type { SimulationEvent, SimulationEventOf } from '../history/simulation-event.js';

/** A run, with the grant that it came from. */
export interface ClaimedRun {
  readonly start: SimulationEventOf<'start'>;
  readonly granted: SimulationEventOf<'granted'> | undefined;
  /** Where it stands in the history. */
  readonly order: number;
}

interface Settled {
  readonly event: SimulationEventOf<'settled'>;
  readonly order: number;
}

/** What the store decided of one claim, and what was run under it. */
export interface ClaimStory {
  readonly key: string;
  readonly runs: ClaimedRun[];
  readonly grants: { readonly event: SimulationEventOf<'granted'>; readonly order: number }[];
  /** Those that counted. */
  readonly settled: Settled[];
  readonly tombstones: SimulationEventOf<'tombstone'>[];
}

/** Sorts what the store saw by claims. */
export function tellClaims(events: readonly SimulationEvent[]): ReadonlyMap<string, ClaimStory> {
  const stories = new Map<string, ClaimStory>();
  const of = (key: string): ClaimStory => {
    let story = stories.get(key);
    if (story === undefined) stories.set(key, (story = { key, runs: [], grants: [], settled: [], tombstones: [] }));
    return story;
  };
  let start: SimulationEventOf<'start'> | undefined;
  events.forEach((event, order) => {
    switch (event.kind) {
      case 'granted':
        of(event.key).grants.push({ event, order });
        break;
      case 'settled':
        if (event.answer === 'settled') of(event.key).settled.push({ event, order });
        break;
      case 'tombstone':
        of(event.key).tombstones.push(event);
        break;
      case 'start':
        start = event;
        break;
      case 'run': {
        if (start === undefined) break;
        const { by, attempt } = start;
        const story = of(event.key);
        const granted = story.grants.findLast(({ event }) => event.by === by && event.attempt === attempt);
        story.runs.push({ start, granted: granted?.event, order });
        break;
      }
      default:
    }
  });
  return stories;
}
