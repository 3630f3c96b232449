import type { EventOf, HistoryEvent } from '../history/history-event.js';
import type { JobTimeline } from './job-timeline.js';

/** What is said of a job is a moment old when it is heard, and what a handler did is told to the store a moment later. */
const SLACK_MS = 1_500;

/** What is wrong with ids that callers gave: each in words. */
export interface IdFaults {
  readonly idTwice: readonly string[];
  readonly toldWrong: readonly string[];
}

/** An id has one living job at a time, and who asks for it while it is taken hears the truth about that job. */
export function judgeIds(timelines: readonly JobTimeline[], events: readonly HistoryEvent[]): IdFaults {
  const owners = new Map<string, JobTimeline[]>();
  for (const timeline of timelines) {
    if (!timeline.calls.some(({ answer }) => answer?.kind === 'acked' && answer.nodes.length > 0)) continue;
    for (const id of timeline.ids) owners.set(id, [...(owners.get(id) ?? []), timeline]);
  }
  const idTwice = [...owners].flatMap(([id, timelines]) => {
    const [first, ...later] = timelines.toSorted((one, other) => ackedAt(one) - ackedAt(other));
    return later.flatMap((timeline) => {
      const living = first !== undefined && !isOver(first, ackedAt(timeline));
      return living ? `${id}: ${timeline.seq} was accepted while ${first.seq} lived` : [];
    });
  });
  const toldWrong = events.flatMap((event) => {
    if (event.kind !== 'taken' || event.state === 'pending') return [];
    const known = owners.get(event.id) ?? [];
    return known.length === 0 || known.some((timeline) => wasTrue(timeline, event))
      ? []
      : `${event.id}: "${event.state}" was told to ${event.seq}`;
  });
  return { idTwice, toldWrong };
}

function ackedAt({ calls }: JobTimeline): number {
  return Math.min(...calls.flatMap(({ answer }) => (answer?.kind === 'acked' ? answer.at : [])));
}

function isOver({ runs, dead, revokeAnswer }: JobTimeline, at: number): boolean {
  const isDone = runs.some(({ end }) => end?.outcome === 'ok' && end.at <= at);
  return isDone || dead || (revokeAnswer?.outcome === 'revoked' && revokeAnswer.at <= at);
}

function wasTrue({ runs, dead, revokeAnswer }: JobTimeline, { state, at }: EventOf<'taken'>): boolean {
  const last = runs.findLast(({ start }) => start.at <= at);
  const isDone = last?.end?.outcome === 'ok' && last.end.at <= at;
  switch (state) {
    case 'done':
      return isDone;
    case 'running':
      return last !== undefined && (last.end === undefined || last.end.at + SLACK_MS >= at);
    case 'scheduled':
    // Also one that was given back before its handler was called.
    case 'retrying':
      return !isDone || (last?.start.at ?? 0) + SLACK_MS >= at;
    case 'dead':
      return dead;
    default:
      return revokeAnswer !== undefined;
  }
}
